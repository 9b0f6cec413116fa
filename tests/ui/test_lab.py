"""litlab inside a real JupyterLab: the launcher, the tabs, the login, the theme."""

import contextlib
import http.client
import json
import re

import pytest

pytestmark = pytest.mark.browser

APP_TIMEOUT_MS = 90_000  # the first request starts the apps' process


@pytest.fixture
def page(chromium, lab):
    """A fresh JupyterLab page; `page.requests` holds every address the browser asked for."""
    context = chromium.new_context(viewport={"width": 1440, "height": 900}, reduced_motion="reduce")
    page = context.new_page()
    page.set_default_timeout(30_000)
    page.requests = []
    context.on("request", lambda request: page.requests.append(request.url))
    page.on("websocket", lambda socket: page.requests.append(socket.url))
    page.goto(f"{lab.url}lab?reset&token={lab.token}")
    page.get_by_role("heading", name="litlab").wait_for()
    set_theme(page, "JupyterLab Light")
    yield page
    context.close()


def set_theme(page, theme):
    page.evaluate("theme => void window.jupyterapp.commands.execute('apputils:change-theme', {theme})", theme)
    light = "false" if "Dark" in theme else "true"
    page.locator(f"body[data-jp-theme-light='{light}']").wait_for(state="attached")


def wait_for_app(page, name, theme):
    """Wait until the app has drawn in this theme and nothing lies over it; return its frame."""
    frame = page.frame_locator(f"iframe[title='{name}']")
    frame.locator("[data-root-id] > *").first.wait_for(state="attached", timeout=APP_TIMEOUT_MS)
    page.locator(f"iframe[title='{name}']:visible").wait_for(timeout=APP_TIMEOUT_MS)
    page.locator(".litlab-Note:visible").wait_for(state="detached")
    assert f"theme={theme}" in frame.locator("body").evaluate("() => window.location.search")
    return frame


def card(page, label):
    return page.locator(".jp-Launcher-section", has=page.get_by_role("heading", name="litlab")).get_by_role(
        "button", name=label
    )


def test_discovery_opens_from_its_card_in_labs_theme_and_follows_it_with_no_request_leaving(page, lab):
    card(page, "Discovery").click()
    wait_for_app(page, "Discovery", "light")
    assert page.get_by_role("tab", name="Discovery").get_attribute("aria-selected") == "true"

    set_theme(page, "JupyterLab Dark")
    page.locator("iframe[title='Discovery'][src*='theme=dark']").wait_for(state="attached")
    wait_for_app(page, "Discovery", "dark")

    here = f"{lab.origin}/", f"{lab.origin}/".replace("http", "ws", 1)
    assert [url for url in page.requests if not url.startswith((*here, "data:", "blob:"))] == []
    assert any(url.startswith(f"{here[1]}user/x/litlab/discovery/ws") for url in page.requests)


def test_an_open_app_is_brought_to_the_front_and_comes_back_after_a_reload(page, lab):
    def saves_the_open_tab(response):
        request = response.request
        return "/lab/api/workspaces/" in request.url and "litlab-assets" in (request.post_data or "")

    with page.expect_response(saves_the_open_tab, timeout=APP_TIMEOUT_MS):
        card(page, "Assets").click()
        wait_for_app(page, "Assets", "light")
    page.evaluate("() => void window.jupyterapp.commands.execute('launcher:create')")
    page.get_by_role("tab", name="Launcher", selected=True).wait_for()
    card(page, "Assets").click()
    page.get_by_role("tab", name="Assets", selected=True).wait_for()
    assert page.locator("iframe[title='Assets']").count() == 1

    page.goto(f"{lab.url}lab")
    wait_for_app(page, "Assets", "light")


def test_a_change_of_theme_keeps_the_place_in_the_app(page):
    card(page, "Discovery").click()
    frame = wait_for_app(page, "Discovery", "light")
    frame.locator("body").evaluate("() => history.replaceState(null, '', `${location.search}&index=7`)")
    set_theme(page, "JupyterLab Dark")
    page.locator("iframe[title='Discovery'][src*='theme=dark'][src*='index=7']").wait_for(state="attached")
    wait_for_app(page, "Discovery", "dark")


def test_an_app_that_does_not_start_says_what_helps_and_can_be_tried_again(page):
    probe = re.compile(r"/litlab/static/js/bokeh\.min\.js")
    page.route(probe, lambda route: route.fulfill(status=500))
    card(page, "Discovery").click()
    alert = page.get_by_role("alert").filter(has_text="did not start (HTTP 500)")
    alert.wait_for()
    assert "litlab serve" in alert.inner_text()

    page.unroute(probe)
    alert.get_by_role("button", name="Try again").click()
    wait_for_app(page, "Discovery", "light")


def test_the_palette_opens_the_apps_too(page):
    page.evaluate("() => void window.jupyterapp.commands.execute('apputils:activate-command-palette')")
    page.get_by_role("textbox", name="SEARCH", exact=True).fill("litlab Assets")
    page.get_by_role("menuitem", name="Open litlab Assets").click()
    wait_for_app(page, "Assets", "light")


def test_the_websocket_of_the_apps_refuses_strangers_and_foreign_pages(lab):
    assert websocket_status(lab, {"Origin": lab.origin}) in (302, 401, 403)
    cookie = login_cookie(lab)
    assert websocket_status(lab, {"Origin": "http://evil.example", "Cookie": cookie}) == 403


def websocket_status(lab, headers):
    """Try the websocket handshake of the apps; 101 would be a connection."""
    handshake = {
        "Connection": "Upgrade",
        "Upgrade": "websocket",
        "Sec-WebSocket-Version": "13",
        "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==",
    }
    with contextlib.closing(connect(lab)) as connection:
        connection.request("GET", f"{lab.base_url}litlab/discovery/ws", headers=handshake | headers)
        return connection.getresponse().status


def login_cookie(lab):
    with contextlib.closing(connect(lab)) as connection:
        connection.request("GET", f"{lab.base_url}lab?token={lab.token}")
        cookies = connection.getresponse().headers.get_all("Set-Cookie")
    return "; ".join(cookie.split(";")[0] for cookie in cookies)


def connect(lab):
    return http.client.HTTPConnection(lab.origin.removeprefix("http://"), timeout=70)


@pytest.mark.parametrize("path", ["litlab-api/projects", "litlab/discovery", "litlab/static/js/bokeh.min.js"])
def test_without_a_login_nothing_of_litlab_answers(lab, path):
    status, body = lab.status(path)
    assert status in (302, 401, 403)
    assert b"volatility" not in body


def test_with_a_login_the_interface_lists_the_projects(lab):
    status, body = lab.status("litlab-api/projects", lab.token)
    assert status == 200
    assert json.loads(body) == {
        "projects": [{"team": "contoso", "name": "volatility", "adapter": "", "features": []}]
    }


def test_a_record_that_cannot_be_read_is_named_to_the_browser(lab):
    record = lab.workspace.project().record_path
    readable = record.read_bytes()
    record.write_text("{")
    try:
        status, body = lab.status("litlab-api/projects", lab.token)
    finally:
        record.write_bytes(readable)
    assert status == 500
    assert f"{record} is not a readable project record" in json.loads(body)["message"]
