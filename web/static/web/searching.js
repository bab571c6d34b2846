// Keys of lists: / into the box, j and k through the list, ? shows them. Everything works without this.
"use strict";
(() => {
  const box = document.getElementById("q");
  const steps = () => [...document.querySelectorAll(".step")].filter((one) => one.offsetParent !== null);
  const writing = (target) => target.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName);

  function step(by) {
    const all = steps();
    const at = all.indexOf(document.activeElement);
    const next = all[at < 0 ? (by > 0 ? 0 : all.length - 1) : at + by];
    if (next) {
      next.focus();
      next.scrollIntoView({ block: "nearest" });
    }
    return Boolean(next);
  }

  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
    if (event.key === "Escape" && event.target === box) {
      box.blur();
      return;
    }
    if (writing(event.target)) return;
    const inside = event.target.classList.contains("step");
    if (event.key === "/" && box) {
      box.focus();
      box.select();
    } else if (event.key === "?") {
      const help = document.querySelector("details.keys");
      if (!help) return;
      help.open = !help.open;
      help.querySelector("summary").focus();
    } else if (event.key === "j" || (inside && event.key === "ArrowDown")) {
      step(1);
    } else if (event.key === "k" || (inside && event.key === "ArrowUp")) {
      step(-1);
    } else {
      return;
    }
    event.preventDefault();
  });
})();
