"""The part of the behaviours that runs beside the page's scripts, in a world of its own: they cannot see it.

What may be pressed is decided here, by what an element is and says; never by where a page has put it. Nothing is
pressed that leads away, sends a form, saves a file, or says that it does something to somebody.
"""

from __future__ import annotations

SCRIPT = r"""
(() => {
const HARM = /\b(accept|agree|allow|apply|approve|book|buy|cancel|cart|checkout|consent|contact|delete|disagree|donate|download|email|enroll|export|file a|follow|install|like|log ?in|log ?out|mail|order|pay|post|print|purchase|register|reject|remove|rename|reply|report|request|reset|save|send|share|sign ?(in|up|out)|submit|subscribe|unsubscribe|upload|vote|aceptar|borrar|cancelar|comprar|compartir|denunciar|descargar|donar|eliminar|enviar|guardar|imprimir|iniciar|pagar|quitar|rechazar|registrar|solicitar|suscribir\w*|votar)\b/i;
const CONSENT = "[id*=cookie i],[class*=cookie i],[id*=consent i],[class*=consent i],[id*=onetrust i],[id*=gdpr i],[class*=gdpr i]";
const AROUND = "nav,header,footer,[role=navigation],[role=menu],[role=menubar],[role=banner],[role=search],[role=combobox]";
const MORE = /^(load|show|see|view|display|get)\s+(\d+\s+|some\s+)?more\b|^more(\s+(results|records|items|rows|entries|cases|documents))?$|^(cargar|mostrar|ver)\s+(\d+\s+)?m[aá]s\b|^m[aá]s resultados$/i;
const NEXT = /^(go to )?(the )?next( page| results)?\s*[›»→>]*$|^(ir a la )?(p[aá]gina )?siguiente( p[aá]gina)?\s*[›»→>]*$/i;
const PLAY = /^(▶|play|reproducir)(\s+(the\s+|el\s+)?(video|audio|v[ií]deo|recording|clip|movie))?$/i;
const CLOSE = /^(close|dismiss|cerrar|×|✕|x)$/i;
const PRESSABLE = "button,[role=button],a:not([href]),a[href^='#'],a[href=''],a[href^='javascript:']";

const left = [];
if (window.navigation) window.navigation.addEventListener("navigate", event => {
  if (event.hashChange || event.destination.sameDocument || !event.cancelable) return;
  event.preventDefault();
  if (left.length < 20) left.push(String(event.destination.url).slice(0, 200));
});
window.addEventListener("submit", event => { event.preventDefault(); event.stopImmediatePropagation(); left.push("a form"); }, true);

const all = (selector, root) => {
  if (!selector) return [];
  try {
    if (/^\.?\//.test(selector)) {
      const found = document.evaluate(selector, root || document, null, XPathResult.ORDERED_NODE_SNAPSHOT_TYPE, null);
      return Array.from({length: found.snapshotLength}, (_, n) => found.snapshotItem(n)).filter(one => one.nodeType === 1);
    }
    return [...(root || document).querySelectorAll(selector)];
  } catch { return []; }
};
const seen = one => { const box = one.getBoundingClientRect(); return box.width > 0 && box.height > 0 && one.checkVisibility({visibilityProperty: true}); };
const said = one => (one.getAttribute("aria-label") || one.innerText || one.value || one.title || "").replace(/\s+/g, " ").trim().slice(0, 120);
const off = one => !!(one.disabled || one.getAttribute("aria-disabled") === "true" || /\bdisabled\b/i.test(one.className) || one.closest("li.disabled,[inert]"));
const stays = one => {
  const link = one.closest("a[href],area[href]");
  if (link) {
    const href = link.getAttribute("href").trim();
    if (link.hasAttribute("download") || link.target === "_blank") return false;
    if (href !== "" && !href.startsWith("#") && !/^javascript:/i.test(href)) return false;
    if (/^javascript:.*(postback|submit|location|open\()/i.test(href)) return false;
  }
  if (/^(submit|image|reset)$/.test(one.type || "") && one.form) return false;
  return !one.closest("[contenteditable=true]") && !one.matches("input:not([type=button]),select,textarea");
};
const harmless = one => stays(one) && !off(one) && seen(one) && !HARM.test(said(one)) && !one.closest(CONSENT);
const press = one => {
  one.scrollIntoView({block: "center", behavior: "instant"});
  const how = {bubbles: true, cancelable: true, composed: true, view: window, button: 0};
  for (const [kind, name] of [[PointerEvent, "pointerdown"], [MouseEvent, "mousedown"], [PointerEvent, "pointerup"], [MouseEvent, "mouseup"]])
    one.dispatchEvent(new kind(name, {...how, pointerType: "mouse", isPrimary: true}));
  one.click();
};
const hash = text => {
  let a = 0xdeadbeef, b = 0x41c6ce57;
  for (let n = 0; n < text.length; n++) { const code = text.charCodeAt(n); a = Math.imul(a ^ code, 2654435761); b = Math.imul(b ^ code, 1597334677); }
  return (a >>> 0).toString(16) + (b >>> 0).toString(16);
};
const says = (words, selector) => all(PRESSABLE).filter(one => words.test(said(one)) && harmless(one));
const chosen = selector => all(selector).filter(one => stays(one) && !off(one) && seen(one));
const more = wanted => wanted.more ? chosen(wanted.more)[0] : says(MORE).filter(one => !one.closest(AROUND))[0];
const next = wanted => !wanted.rows ? undefined : wanted.next ? chosen(wanted.next)[0] : says(NEXT)[0];
const tabs = () => all("[role=tab][aria-selected=false],[data-toggle=tab]:not(.active),[data-bs-toggle=tab]:not(.active)").filter(one => harmless(one) && !one.closest("[role=tablist] [role=tablist]"));
const folded = () => [
  ...all("details:not([open])").filter(one => !one.closest(AROUND)),
  ...all("[aria-expanded=false]:not([aria-haspopup]):not([role=tab])").filter(one => harmless(one) && !one.closest(AROUND)),
];
const modals = () => all("[aria-haspopup=dialog],[data-toggle=modal],[data-bs-toggle=modal]").filter(one => harmless(one) && !one.closest(AROUND));
const players = () => [...all("video,audio").filter(one => one.paused && !one.ended && !one.error && one.networkState !== 3), ...says(PLAY), ...all(".vjs-big-play-button,.mejs__overlay-button,.plyr__control--overlaid").filter(one => harmless(one))];
const height = () => Math.max(document.documentElement.scrollHeight, document.body ? document.body.scrollHeight : 0);
const kept = {};

globalThis.rw = {
  survey: wanted => ({
    tall: height() > innerHeight + 8, more: !!more(wanted), tabs: tabs().length, folded: folded().length,
    modals: modals().length, players: players().length, next: !!next(wanted),
  }),
  size: wanted => ({
    height: height(), elements: document.getElementsByTagName("*").length, rows: all(wanted.rows).length,
    mark: hash(all(wanted.rows).map(one => one.textContent + "\0" + [...one.querySelectorAll("a[href]")].map(a => a.getAttribute("href")).join("\0")).join("\x01")),
  }),
  words: () => hash(document.body ? document.body.textContent : ""),
  scroll: where => { window.scrollTo({top: where === "end" ? height() : 0, behavior: "instant"}); },
  more: wanted => { const one = more(wanted); if (!one) return ""; const words = said(one) || "a button"; press(one); return words; },
  next: wanted => { const one = next(wanted); if (!one) return ""; const words = said(one) || "a button"; press(one); return words; },
  keep: what => {
    kept[what] = what === "tabs" ? tabs() : modals();
    if (what === "tabs") kept.back = [...new Set(kept.tabs.map(one => one.closest("[role=tablist]") || one.parentElement))]
      .map(list => list && list.querySelector("[role=tab][aria-selected=true],.active[data-toggle=tab],.active[data-bs-toggle=tab]")).filter(one => one);
    return kept[what].length;
  },
  press: (what, n) => { const one = kept[what][n]; if (!one || !one.isConnected || !harmless(one)) return ""; const words = said(one) || "a button"; press(one); return words; },
  back: () => { for (const one of kept.back) if (one.isConnected && stays(one)) press(one); },
  unfold: most => {
    const found = folded().slice(0, most);
    for (const one of found) { if (one.tagName === "DETAILS") one.open = true; else press(one); }
    return found.length;
  },
  close: () => {
    for (const one of all("dialog[open]")) one.close();
    for (const box of all("[role=dialog],.modal.show,.modal.in").filter(seen))
      for (const one of all("button,[role=button],[data-dismiss],[data-bs-dismiss]", box))
        if (stays(one) && (one.matches("[data-dismiss],[data-bs-dismiss]") || CLOSE.test(said(one)))) { press(one); break; }
  },
  play: most => {
    const found = players().slice(0, most);
    for (const one of found) { if (one.play) { one.muted = true; one.play().catch(() => 0); } else press(one); }
    return found.length;
  },
  pause: () => { for (const one of all("video,audio")) one.pause(); },
  left: () => left.splice(0),
};
})();
"""
