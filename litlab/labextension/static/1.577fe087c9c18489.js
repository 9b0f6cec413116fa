"use strict";(self.rspackChunklitlab_labextension=self.rspackChunklitlab_labextension||[]).push([[1],{26(t,o,e){var a=e(27),i=e.n(a),l=e(28),r=(e.n(l))()(i());r.push([t.id,`/* Only Lab's own variables: the tab follows every theme. */

.litlab-AppFrame {
  position: relative;
  background: var(--jp-layout-color0);
}

.litlab-AppFrame > .jp-IFrame {
  position: absolute;
  inset: 0;
}

.litlab-AppFrame iframe {
  border: 0;
}

/* A page that is still loading is white: out of sight until it has drawn. */
.litlab-AppFrame > .litlab-mod-waiting {
  visibility: hidden;
}

.litlab-Note {
  position: absolute;
  inset: 0;
  display: flex;
  align-items: center;
  justify-content: center;
  color: var(--jp-ui-font-color1);
  font-family: var(--jp-ui-font-family);
  font-size: var(--jp-ui-font-size1);
}

.litlab-Note.lm-mod-hidden {
  display: none;
}

.litlab-Note-box {
  width: min(440px, calc(100% - 32px));
  padding: 16px;
}

.litlab-Note-box > p {
  min-height: 1.5em;
  margin: 0 0 8px;
  line-height: 1.5;
}

.litlab-Note-title {
  display: flex;
  justify-content: space-between;
  gap: 16px;
  font-weight: 600;
}

.litlab-Note-hint,
.litlab-Note-clock {
  color: var(--jp-ui-font-color2);
  font-weight: 400;
}

.litlab-Note-clock {
  font-variant-numeric: tabular-nums;
}

.litlab-Note-bar {
  height: 2px;
  margin-bottom: 8px;
  overflow: hidden;
  background: var(--jp-border-color2);
}

.litlab-Note-bar::before {
  content: '';
  display: block;
  width: 30%;
  height: 100%;
  background: var(--jp-brand-color1);
  animation: litlab-slide 1.4s ease-in-out infinite;
}

@keyframes litlab-slide {
  from {
    transform: translateX(-100%);
  }

  to {
    transform: translateX(340%);
  }
}

@media (prefers-reduced-motion: reduce) {
  .litlab-Note-bar::before {
    width: 100%;
    animation: none;
  }
}

/* --- the side panel --- */

.litlab-Panel {
  display: flex;
  flex-direction: column;
  min-width: 216px;
  background: var(--jp-layout-color1);
  color: var(--jp-ui-font-color1);
  font-family: var(--jp-ui-font-family);
  font-size: var(--jp-ui-font-size1);
}

.litlab-Panel-head {
  padding: 8px 12px;
  border-bottom: var(--jp-border-width) solid var(--jp-border-color2);
}

.litlab-Panel-head:has(> [hidden]) {
  display: none;
}

.litlab-Panel-project {
  width: 100%;
  height: 28px;
  padding: 0 4px;
  border: var(--jp-border-width) solid var(--jp-border-color1);
  border-radius: 4px;
  background: var(--jp-layout-color1);
  color: var(--jp-ui-font-color0);
  font: inherit;
  font-weight: 600;
}

.litlab-Panel-body {
  flex: 1 1 auto;
  min-height: 0;
  overflow-y: auto;
}

.litlab-Panel-problem {
  margin: 0;
  padding: 8px 12px;
  border-bottom: var(--jp-border-width) solid var(--jp-border-color2);
  color: var(--jp-error-color1);
  line-height: 1.5;
}

.litlab-Panel-empty {
  padding: 16px 12px;
}

.litlab-Panel-empty > p {
  margin: 0 0 8px;
  line-height: 1.5;
}

.litlab-Panel-title {
  font-weight: 600;
}

.litlab-Panel-hint {
  color: var(--jp-ui-font-color2);
}

.litlab-Panel-rooms {
  margin: 0;
  padding: 8px 0;
  list-style: none;
}

.litlab-Panel [hidden] {
  display: none;
}

/* The thin line on the left goes with the rows and ends where the work stands. */
.litlab-Row {
  position: relative;
}

.litlab-Row::before {
  content: '';
  position: absolute;
  top: 0;
  bottom: 0;
  left: 8px;
  width: 1px;
  background: var(--jp-border-color2);
}

.litlab-Row:first-child::before {
  top: 14px;
}

.litlab-Row:last-child::before {
  bottom: 14px;
}

.litlab-mod-reached::before {
  width: 2px;
  background: var(--jp-brand-color1);
}

.litlab-mod-stands::before {
  bottom: 14px;
}

.litlab-mod-stands::after {
  content: '';
  position: absolute;
  top: 10px;
  left: 5px;
  width: 8px;
  height: 8px;
  border-radius: 50%;
  background: var(--jp-brand-color1);
}

.litlab-Row-line {
  display: flex;
  align-items: center;
  gap: 8px;
  box-sizing: border-box;
  width: 100%;
  height: 28px;
  padding: 0 12px 0 20px;
  border: 0;
  background: none;
  color: inherit;
  font: inherit;
  text-align: left;
}

button.litlab-Row-line:hover {
  background: var(--jp-layout-color2);
}

.litlab-Panel :is(button, select):focus-visible,
.litlab-JobsItem-button:focus-visible {
  outline: 2px solid var(--jp-brand-color1);
  outline-offset: -2px;
}

.litlab-Row-icon {
  display: flex;
  flex: 0 0 16px;
}

.litlab-Row-icon svg {
  width: 16px;
  height: 16px;
}

.litlab-Row-name {
  flex: 1 0 auto;
}

.litlab-Row-state,
.litlab-Job-left {
  overflow: hidden;
  color: var(--jp-ui-font-color2);
  text-overflow: ellipsis;
  white-space: nowrap;
}

.litlab-Row-state[data-state='failed'] {
  color: var(--jp-error-color1);
}

.litlab-Row-count {
  flex: 0 0 auto;
  min-width: 24px;
  font-variant-numeric: tabular-nums;
  text-align: right;
}

.litlab-mod-later .litlab-Row-count:empty {
  display: none;
}

.litlab-mod-later .litlab-Row-line {
  color: var(--jp-ui-font-color2);
}

.litlab-mod-later .litlab-Row-icon {
  opacity: 0.5;
}

.litlab-Jobs {
  flex: 0 0 auto;
  max-height: 40%;
  overflow-y: auto;
  padding: 8px 12px;
  border-top: var(--jp-border-width) solid var(--jp-border-color2);
}

.litlab-Jobs-head {
  display: flex;
  justify-content: space-between;
}

.litlab-Jobs h2 {
  margin: 0;
  font-size: inherit;
  font-weight: 600;
}

.litlab-Jobs-none {
  color: var(--jp-ui-font-color2);
}

.litlab-Jobs ul {
  margin: 4px 0 0;
  padding: 0;
  list-style: none;
}

.litlab-Job {
  padding: 4px 0 8px;
}

.litlab-Job-line {
  display: flex;
  align-items: baseline;
  gap: 8px;
  margin-bottom: 4px;
}

.litlab-Job-name {
  flex: 1 1 auto;
  overflow: hidden;
  text-overflow: ellipsis;
  white-space: nowrap;
}

.litlab-Job-state {
  flex: 0 0 auto;
  font-variant-numeric: tabular-nums;
}

.litlab-Job-log {
  padding: 0 4px;
  border: 0;
  border-radius: 4px;
  background: none;
  color: var(--jp-content-link-color);
  font: inherit;
  cursor: pointer;
}

.litlab-Job-bar {
  height: 2px;
  overflow: hidden;
  background: var(--jp-border-color2);
}

.litlab-Job-fill {
  height: 100%;
  background: var(--jp-brand-color1);
}

.litlab-mod-unknown .litlab-Job-fill {
  width: 30%;
  animation: litlab-slide 1.4s ease-in-out infinite;
}

/* --- the status bar --- */

.litlab-JobsItem-button {
  height: 100%;
  padding: 0 8px;
  border: 0;
  background: none;
  color: var(--jp-ui-font-color1);
  font-family: var(--jp-ui-font-family);
  font-size: var(--jp-ui-font-size1);
  font-variant-numeric: tabular-nums;
}

.litlab-JobsItem-button:hover {
  background: var(--jp-layout-color2);
}

/* --- a log --- */

.litlab-Log {
  display: flex;
  flex-direction: column;
  background: var(--jp-layout-color0);
  color: var(--jp-ui-font-color1);
  font-family: var(--jp-ui-font-family);
  font-size: var(--jp-ui-font-size1);
}

.litlab-Log-head {
  display: flex;
  flex: 0 0 auto;
  gap: 16px;
  padding: 8px 12px;
  border-bottom: var(--jp-border-width) solid var(--jp-border-color2);
}

.litlab-Log-name {
  font-weight: 600;
}

.litlab-Log-file {
  flex: 1 1 auto;
  color: var(--jp-ui-font-color2);
}

.litlab-Log-text {
  flex: 1 1 auto;
  margin: 0;
  padding: 8px 12px;
  overflow: auto;
  color: var(--jp-content-font-color1);
  font-family: var(--jp-code-font-family);
  font-size: var(--jp-code-font-size);
  line-height: 1.4;
}

/* --- above a script that can only be read --- */

.litlab-Shipped {
  display: flex;
  gap: 16px;
  align-items: center;
  min-height: 40px;
  padding: 4px 12px;
  border-bottom: var(--jp-border-width) solid var(--jp-border-color2);
  background: var(--jp-layout-color2);
  color: var(--jp-ui-font-color1);
  font-family: var(--jp-ui-font-family);
  font-size: var(--jp-ui-font-size1);
}

.litlab-Shipped-text {
  flex: 1 1 auto;
  line-height: 1.5;
}

.litlab-Shipped > button {
  flex: 0 0 auto;
}

@media (prefers-reduced-motion: reduce) {
  .litlab-mod-unknown .litlab-Job-fill {
    width: 100%;
    animation: none;
  }
}

/* A canvas: the drawing has a tree of its own, styled by its own sheet. */
.litlab-Canvas {
  background: var(--jp-layout-color0);
}

.litlab-Canvas-place {
  height: 100%;
}

.litlab-Canvas-said {
  padding: 16px;
  color: var(--jp-ui-font-color2);
  font-family: var(--jp-ui-font-family);
  font-size: var(--jp-ui-font-size1);
}
`,""]),e.d(o,{},{A:r})},28(t){t.exports=function(t){var o=[];return o.toString=function(){return this.map(function(o){var e="",a=void 0!==o[5];return o[4]&&(e+="@supports (".concat(o[4],") {")),o[2]&&(e+="@media ".concat(o[2]," {")),a&&(e+="@layer".concat(o[5].length>0?" ".concat(o[5]):""," {")),e+=t(o),a&&(e+="}"),o[2]&&(e+="}"),o[4]&&(e+="}"),e}).join("")},o.i=function(t,e,a,i,l){"string"==typeof t&&(t=[[null,t,void 0]]);var r={};if(a)for(var n=0;n<this.length;n++){var p=this[n][0];null!=p&&(r[p]=!0)}for(var d=0;d<t.length;d++){var s=[].concat(t[d]);a&&r[s[0]]||(void 0!==l&&(void 0===s[5]||(s[1]="@layer".concat(s[5].length>0?" ".concat(s[5]):""," {").concat(s[1],"}")),s[5]=l),e&&(s[2]&&(s[1]="@media ".concat(s[2]," {").concat(s[1],"}")),s[2]=e),i&&(s[4]?(s[1]="@supports (".concat(s[4],") {").concat(s[1],"}"),s[4]=i):s[4]="".concat(i)),o.push(s))}},o}},27(t){t.exports=function(t){return t[1]}},20(t){var o=[];function e(t){for(var e=-1,a=0;a<o.length;a++)if(o[a].identifier===t){e=a;break}return e}function a(t,a){for(var i={},l=[],r=0;r<t.length;r++){var n=t[r],p=a.base?n[0]+a.base:n[0],d=i[p]||0,s="".concat(p," ").concat(d);i[p]=d+1;var c=e(s),b={css:n[1],media:n[2],sourceMap:n[3],supports:n[4],layer:n[5]};if(-1!==c)o[c].references++,o[c].updater(b);else{var f=function(t,o){var e=o.domAPI(o);return e.update(t),function(o){o?(o.css!==t.css||o.media!==t.media||o.sourceMap!==t.sourceMap||o.supports!==t.supports||o.layer!==t.layer)&&e.update(t=o):e.remove()}}(b,a);a.byIndex=r,o.splice(r,0,{identifier:s,updater:f,references:1})}l.push(s)}return l}t.exports=function(t,i){var l=a(t=t||[],i=i||{});return function(t){t=t||[];for(var r=0;r<l.length;r++){var n=e(l[r]);o[n].references--}for(var p=a(t,i),d=0;d<l.length;d++){var s=e(l[d]);0===o[s].references&&(o[s].updater(),o.splice(s,1))}l=p}}},22(t){var o={};t.exports=function(t,e){var a=function(t){if(void 0===o[t]){var e=document.querySelector(t);if(window.HTMLIFrameElement&&e instanceof window.HTMLIFrameElement)try{e=e.contentDocument.head}catch(t){e=null}o[t]=e}return o[t]}(t);if(!a)throw Error("Couldn't find a style target. This probably means that the value for the 'insert' parameter is invalid.");a.appendChild(e)}},24(t){t.exports=function(t){var o=document.createElement("style");return t.setAttributes(o,t.attributes),t.insert(o,t.options),o}},23(t,o,e){t.exports=function(t){var o=e.nc;o&&t.setAttribute("nonce",o)}},21(t){t.exports=function(t){if("u"<typeof document)return{update:function(){},remove:function(){}};var o=t.insertStyleElement(t);return{update:function(e){var a,i,l;a="",e.supports&&(a+="@supports (".concat(e.supports,") {")),e.media&&(a+="@media ".concat(e.media," {")),(i=void 0!==e.layer)&&(a+="@layer".concat(e.layer.length>0?" ".concat(e.layer):""," {")),a+=e.css,i&&(a+="}"),e.media&&(a+="}"),e.supports&&(a+="}"),(l=e.sourceMap)&&"u">typeof btoa&&(a+="\n/*# sourceMappingURL=data:application/json;base64,".concat(btoa(unescape(encodeURIComponent(JSON.stringify(l))))," */")),t.styleTagTransform(a,o,t.options)},remove:function(){var t;null===(t=o).parentNode||t.parentNode.removeChild(t)}}}},25(t){t.exports=function(t,o){if(o.styleSheet)o.styleSheet.cssText=t;else{for(;o.firstChild;)o.removeChild(o.firstChild);o.appendChild(document.createTextNode(t))}}},19(t,o,e){var a=e(20),i=e.n(a),l=e(21),r=e.n(l),n=e(22),p=e.n(n),d=e(23),s=e.n(d),c=e(24),b=e.n(c),f=e(25),u=e.n(f),h=e(26),m={};m.styleTagTransform=u(),m.setAttributes=s(),m.insert=p().bind(null,"head"),m.domAPI=r(),m.insertStyleElement=b(),i()(h.A,m),h.A&&h.A.locals&&h.A.locals}}]);