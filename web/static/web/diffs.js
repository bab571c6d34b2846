// Steps through versions with the arrow keys; the links beside the selectors do the same without script.
"use strict";
document.addEventListener("keydown", (event) => {
  if (event.altKey || event.ctrlKey || event.metaKey || event.shiftKey || event.defaultPrevented) return;
  if (event.target.closest("input, select, textarea, video, audio, [tabindex='0'], [contenteditable]")) return;
  const rel = { ArrowLeft: "prev", ArrowRight: "next" }[event.key];
  const link = rel && document.querySelector(`a[rel="${rel}"]`);
  if (link) { event.preventDefault(); link.click(); }
});
const permalink = document.getElementById("permalink");
if (permalink) permalink.addEventListener("focus", () => permalink.select());
