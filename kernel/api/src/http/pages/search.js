// Fills the list under the search box with what the typed text may become. Without it the page works.
"use strict";
const box = document.querySelector("input[name=q]");
const list = document.getElementById("suggestions");
let wanted = "";
box.addEventListener("input", async () => {
  const typed = box.value.trim();
  if (typed === wanted || typed.length > 40) return;
  wanted = typed;
  const answer = typed && (await fetch("/v1/suggest?q=" + encodeURIComponent(typed)));
  const found = answer && answer.ok ? (await answer.json()).suggestions : [];
  if (typed !== wanted) return;
  list.replaceChildren(
    ...found.map(({ text }) => Object.assign(document.createElement("option"), { value: text })),
  );
});
