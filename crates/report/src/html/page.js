"use strict";
const all = [...document.querySelectorAll("details.case")];
const find = document.getElementById("find");
const found = document.getElementById("found");
const boxes = [...document.querySelectorAll("input[name=status]")];
const unfold = document.getElementById("unfold");

function show() {
  const words = find.value.toLowerCase().split(/\s+/).filter(Boolean);
  const kinds = new Set(boxes.filter(box => box.checked).map(box => box.value));
  let count = 0;
  for (const one of all) {
    const text = one.textContent.toLowerCase();
    const kept = kinds.has(one.dataset.status) && words.every(word => text.includes(word));
    one.hidden = !kept;
    count += kept;
  }
  for (const chapter of document.querySelectorAll("section.chapter")) {
    chapter.hidden = !chapter.querySelector("details.case:not([hidden])");
  }
  found.value = count === all.length ? "" : `${count} of ${all.length} cases`;
}

function order(event) {
  const key = event.target.value === "slowest" ? one => -one.dataset.millis : one => +one.dataset.number;
  for (const chapter of document.querySelectorAll("section.chapter")) {
    const cases = [...chapter.querySelectorAll("details.case")];
    chapter.append(...cases.sort((a, b) => key(a) - key(b)));
  }
}

function toggle() {
  const open = all.some(one => !one.hidden && !one.open);
  for (const one of all) if (!one.hidden) one.open = open;
  unfold.textContent = open ? "Fold all" : "Unfold all";
}

function go() {
  const one = document.getElementById(location.hash.slice(1));
  if (one && one.matches("details.case")) one.open = true;
}

if (find) {
  document.getElementById("filter").hidden = false;
  document.getElementById("filter").addEventListener("submit", event => event.preventDefault());
  find.addEventListener("input", show);
  for (const box of boxes) box.addEventListener("change", show);
  document.getElementById("order").addEventListener("change", order);
  unfold.addEventListener("click", toggle);
}
addEventListener("hashchange", go);
go();
