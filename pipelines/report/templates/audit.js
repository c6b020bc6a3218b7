// The script of a coder's page: keeps the answers in this browser, and saves them as a file. It asks for nothing.
"use strict";
const $ = (id) => document.getElementById(id);
const form = $("answers"), { sample, coder } = form.dataset, questions = form.dataset.questions.split(" ");
const cases = [...form.querySelectorAll(".case")], kept = `audit ${sample} ${coder}`;
let saved = true;

const answer = (id, question) => form.elements[`${id}-${question}`].value;

function show() {
  for (const one of cases) {
    one.classList.toggle("answered", questions.every((question) => answer(one.id, question)));
  }
  $("done").textContent = `${form.querySelectorAll(".answered").length} of ${cases.length} rows answered`;
}

function text() {
  const lines = cases.map(({ id }) => [id, ...questions.map((question) => answer(id, question))].join(","));
  return [["row", ...questions].join(","), ...lines, ""].join("\n");
}

function take(file) {
  const [head, ...lines] = file.split(/\r?\n/).map((line) => line.split(","));
  for (const [id, ...values] of lines) {
    for (const [place, value] of values.entries()) {
      const group = form.elements[`${id}-${head[place + 1]}`];
      if (group) group.value = value;
    }
  }
  show();
}

form.addEventListener("change", () => {
  saved = false;
  show();
  try { localStorage.setItem(kept, text()); } catch { /* this browser keeps nothing for pages on disk */ }
});
form.addEventListener("submit", (event) => event.preventDefault());
$("save").addEventListener("click", () => {
  const address = URL.createObjectURL(new Blob([text()], { type: "text/csv" }));
  const link = Object.assign(document.createElement("a"), { href: address, download: `answers-${coder}.csv` });
  link.click();
  setTimeout(() => URL.revokeObjectURL(address), 1000);
  saved = true;
});
$("open").addEventListener("change", async ({ target }) => {
  if (target.files[0]) take(await target.files[0].text());
});
addEventListener("beforeunload", (event) => { if (!saved) event.preventDefault(); });
try { take(localStorage.getItem(kept) ?? ""); } catch { show(); }
