"use strict";(self.rspackChunklitlab_labextension=self.rspackChunklitlab_labextension||[]).push([[0],{18(t,e,n){var a=n(19),r=n.n(a),o=n(20),i=(n.n(o))()(r());i.push([t.id,`/* Only Lab's own variables: the tab follows every theme. */

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
`,""]),n.d(e,{},{A:i})},20(t){t.exports=function(t){var e=[];return e.toString=function(){return this.map(function(e){var n="",a=void 0!==e[5];return e[4]&&(n+="@supports (".concat(e[4],") {")),e[2]&&(n+="@media ".concat(e[2]," {")),a&&(n+="@layer".concat(e[5].length>0?" ".concat(e[5]):""," {")),n+=t(e),a&&(n+="}"),e[2]&&(n+="}"),e[4]&&(n+="}"),n}).join("")},e.i=function(t,n,a,r,o){"string"==typeof t&&(t=[[null,t,void 0]]);var i={};if(a)for(var l=0;l<this.length;l++){var s=this[l][0];null!=s&&(i[s]=!0)}for(var c=0;c<t.length;c++){var p=[].concat(t[c]);a&&i[p[0]]||(void 0!==o&&(void 0===p[5]||(p[1]="@layer".concat(p[5].length>0?" ".concat(p[5]):""," {").concat(p[1],"}")),p[5]=o),n&&(p[2]&&(p[1]="@media ".concat(p[2]," {").concat(p[1],"}")),p[2]=n),r&&(p[4]?(p[1]="@supports (".concat(p[4],") {").concat(p[1],"}"),p[4]=r):p[4]="".concat(r)),e.push(p))}},e}},19(t){t.exports=function(t){return t[1]}},12(t){var e=[];function n(t){for(var n=-1,a=0;a<e.length;a++)if(e[a].identifier===t){n=a;break}return n}function a(t,a){for(var r={},o=[],i=0;i<t.length;i++){var l=t[i],s=a.base?l[0]+a.base:l[0],c=r[s]||0,p="".concat(s," ").concat(c);r[s]=c+1;var u=n(p),d={css:l[1],media:l[2],sourceMap:l[3],supports:l[4],layer:l[5]};if(-1!==u)e[u].references++,e[u].updater(d);else{var f=function(t,e){var n=e.domAPI(e);return n.update(t),function(e){e?(e.css!==t.css||e.media!==t.media||e.sourceMap!==t.sourceMap||e.supports!==t.supports||e.layer!==t.layer)&&n.update(t=e):n.remove()}}(d,a);a.byIndex=i,e.splice(i,0,{identifier:p,updater:f,references:1})}o.push(p)}return o}t.exports=function(t,r){var o=a(t=t||[],r=r||{});return function(t){t=t||[];for(var i=0;i<o.length;i++){var l=n(o[i]);e[l].references--}for(var s=a(t,r),c=0;c<o.length;c++){var p=n(o[c]);0===e[p].references&&(e[p].updater(),e.splice(p,1))}o=s}}},14(t){var e={};t.exports=function(t,n){var a=function(t){if(void 0===e[t]){var n=document.querySelector(t);if(window.HTMLIFrameElement&&n instanceof window.HTMLIFrameElement)try{n=n.contentDocument.head}catch(t){n=null}e[t]=n}return e[t]}(t);if(!a)throw Error("Couldn't find a style target. This probably means that the value for the 'insert' parameter is invalid.");a.appendChild(n)}},16(t){t.exports=function(t){var e=document.createElement("style");return t.setAttributes(e,t.attributes),t.insert(e,t.options),e}},15(t,e,n){t.exports=function(t){var e=n.nc;e&&t.setAttribute("nonce",e)}},13(t){t.exports=function(t){if("u"<typeof document)return{update:function(){},remove:function(){}};var e=t.insertStyleElement(t);return{update:function(n){var a,r,o;a="",n.supports&&(a+="@supports (".concat(n.supports,") {")),n.media&&(a+="@media ".concat(n.media," {")),(r=void 0!==n.layer)&&(a+="@layer".concat(n.layer.length>0?" ".concat(n.layer):""," {")),a+=n.css,r&&(a+="}"),n.media&&(a+="}"),n.supports&&(a+="}"),(o=n.sourceMap)&&"u">typeof btoa&&(a+="\n/*# sourceMappingURL=data:application/json;base64,".concat(btoa(unescape(encodeURIComponent(JSON.stringify(o))))," */")),t.styleTagTransform(a,e,t.options)},remove:function(){var t;null===(t=e).parentNode||t.parentNode.removeChild(t)}}}},17(t){t.exports=function(t,e){if(e.styleSheet)e.styleSheet.cssText=t;else{for(;e.firstChild;)e.removeChild(e.firstChild);e.appendChild(document.createTextNode(t))}}},11(t,e,n){var a=n(12),r=n.n(a),o=n(13),i=n.n(o),l=n(14),s=n.n(l),c=n(15),p=n.n(c),u=n(16),d=n.n(u),f=n(17),m=n.n(f),b=n(18),h={};h.styleTagTransform=m(),h.setAttributes=p(),h.insert=s().bind(null,"head"),h.domAPI=i(),h.insertStyleElement=d(),r()(b.A,h),b.A&&b.A.locals&&b.A.locals}}]);