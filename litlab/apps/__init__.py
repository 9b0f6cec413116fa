"""The pages people see: one Panel process, one page a module, ``view(project) -> Viewable``.

1. ``serve`` runs the process: routes, a port on the loopback or a unix socket behind Jupyter. 2. ``request``
reads a page's address: which project, which theme, where. 3. ``shell`` gives every page its frame: project
and pages left, state and "Copy as code" right. 4. ``fragment`` is a piece of HTML that talks to Python,
``forms`` draws fields in it, ``background`` does what takes long without holding the page up.
5. ``home`` and the modules named in ``shell.PAGES`` are the pages. What a button does is one call of a
lower room.
"""
