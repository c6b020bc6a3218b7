// The script of all pages. Data comes from script files that call report.add: a page on disk can't ask for anything
// else. What archives hold enters as text nodes only.
"use strict";
const report = { waiting: {}, add(name, data) { this.waiting[name](data); } };
const $ = (id) => document.getElementById(id);

function element(tag, content, attributes = {}) {
  const made = document.createElement(tag);
  made.append(...[content].flat());
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  return made;
}

const link = (url, text) => /^https?:\/\//i.test(url) ? element("a", text, { href: url, rel: "noreferrer" }) : text;
const number = (value) => value.toLocaleString("en");

// --- the start page: table, search, heat map

const ROLES = { t: "text", s: "same", n: "none", b: "blocked", o: "other", u: "unasked" };

function start({ first, rows, roles }) {
  const PAGE = 100, MAPPED = 200;
  const body = $("table").tBodies[0], heads = [...$("table").tHead.rows[0].cells];
  let column = 0, up = true, most = PAGE, shown = rows;

  function fill() {
    body.replaceChildren(...shown.slice(0, most).map((row) => element("tr", row.slice(0, 7).map((value, index) => {
      if (!index) return element("th", element("a", value, { href: `domain/${row[7]}.html` }), { scope: "row" });
      const cell = element("td", typeof value === "number" ? number(value) : value ?? "");
      if ([1, 5, 6].includes(index)) cell.className = "n";
      return cell;
    }))));
    $("found").textContent = `${number(shown.length)} of ${number(rows.length)} domains`;
    $("more").hidden = shown.length <= most;
  }

  function choose() {
    const wanted = $("search").value.trim().toLowerCase();
    const order = (a, b) => (a[column] === b[column] ? 0 : (a[column] > b[column]) === up ? 1 : -1);
    shown = rows.filter((row) => row[0].includes(wanted)).sort((a, b) =>
      (a[column] == null) - (b[column] == null) || order(a, b));
    most = PAGE;
    fill();
    draw();
  }

  // The most versions first, unless a search or another order says otherwise.
  function mapped() {
    const known = shown.filter((row) => row[9]);
    return (column || $("search").value ? known : [...known].sort((a, b) => b[1] - a[1])).slice(0, MAPPED);
  }

  function draw() {
    const lines = mapped(), map = $("map"), brush = map.getContext("2d");
    const colour = (name) => getComputedStyle(document.documentElement).getPropertyValue(`--${name}`);
    const high = lines.length > 60 ? 5 : 16, wide = 12, left = high > 10 ? 170 : 0, top = 16;
    const ends = Math.max(first, ...lines.map((row) => row[8] + row[9].length));
    const width = left + (ends - first) * wide + 1, height = top + lines.length * high + 1, ratio = devicePixelRatio || 1;
    Object.assign(map, { width: width * ratio, height: height * ratio });
    Object.assign(map.style, { width: `${width}px`, height: `${height}px` });
    brush.scale(ratio, ratio);
    brush.font = "12px sans-serif";
    brush.fillStyle = colour("faint");
    for (let when = first; when < ends; when++)
      if (when % 8 === 0) brush.fillText(String(when / 2), left + (when - first) * wide, 11);
    lines.forEach((row, index) => {
      const y = top + index * high;
      brush.fillStyle = colour("ink");
      if (left) brush.fillText(row[0], 0, y + 12, left - 8);
      [...row[9]].forEach((letter, at) => cell(left + (row[8] - first + at) * wide, y, letter));
    });
    function cell(x, y, letter) {
      brush.fillStyle = colour(ROLES[letter]);
      brush.fillRect(x, y, wide - 1, high - 1);
      brush.strokeStyle = colour(letter === "b" ? "ground" : "mark");
      brush.fillStyle = colour("mark");
      brush.beginPath();
      if ("nb".includes(letter)) { brush.moveTo(x + 1, y + high - 2); brush.lineTo(x + wide - 2, y + 1); }
      if (letter === "b") { brush.moveTo(x + 1, y + 1); brush.lineTo(x + wide - 2, y + high - 2); }
      brush.stroke();
      if (letter === "u") brush.fillRect(x + wide / 2 - 1.5, y + high / 2 - 1.5, 2, 2);
    }
    const under = (event) => {
      const row = lines[Math.floor((event.offsetY - top) / high)];
      const when = Math.floor((event.offsetX - left) / wide) + first, letter = row && row[9][when - row[8]];
      return { row, says: row ? row[0] + (letter ? `, ${Math.floor(when / 2)}-H${when % 2 + 1}: ${roles[letter]}` : "") : "" };
    };
    map.onpointermove = (event) => { $("map-says").textContent = under(event).says || "\u00a0"; };
    map.onclick = (event) => { const { row } = under(event); if (row) location.href = `domain/${row[7]}.html`; };
  }

  heads.forEach((head, index) => {
    head.firstElementChild.onclick = () => {
      up = index === column ? !up : index === 0;
      heads[column].removeAttribute("aria-sort");
      column = index;
      head.setAttribute("aria-sort", up ? "ascending" : "descending");
      choose();
    };
  });
  $("search").oninput = choose;
  $("more").onclick = () => { most += 5 * PAGE; fill(); };
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", draw);
  choose();
}

// --- a domain's page: the text of a version, or what changed in it; its address tells which (#v3, #v3-text)

let data, side = true, at = -1;

function read() {
  const [, name, text] = /^#(.+?)(-text)?$/.exec(location.hash) ?? [];
  if (!name || !$(`${name}-row`)) { $("reader").hidden = true; return; }
  if (!data) {
    report.waiting[document.body.dataset.name] = (found) => { data = found; read(); };
    document.head.append(element("script", [], { src: `../data/${document.body.dataset.name}.js` }));
    return;
  }
  const change = text ? undefined : data.changes[name];
  $("reader").hidden = false;
  $("reading").textContent = change ? `What changed in ${name} (${$(`${name}-row`).cells[3].textContent})` : `Text of ${name}`;
  $("sides").replaceChildren(...(change ? sides(change.captures) : []));
  for (const id of ["toggle", "next", "last"]) $(id).hidden = !change;
  neighbours(name, change ? "" : "-text");
  show(name, change);
  $("reader").scrollIntoView();
  $("reader").focus({ preventScroll: true });
}

const sides = ([before, after]) => ["between the capture of ", ...capture(before), " and that of ", ...capture(after)];
const capture = ({ day, view, raw }) => [link(view, day), " (", link(raw, "bytes"), ")"];

function neighbours(name, suffix) {
  const names = Object.keys(suffix ? data.texts : data.changes), here = names.indexOf(name);
  const links = [names[here - 1], names[here + 1]].filter(Boolean).map((each) => element("a", each, { href: `#${each}${suffix}` }));
  $("neighbours").replaceChildren(...links.length ? ["others: ", ...links.flatMap((each) => [each, " "])] : []);
}

function show(name, change) {
  const nothing = "No text is here: this release has none, or the texts of this domain are too long. The archive has it.";
  const rows = change ? change.rows : data.texts[name] && [["=", data.texts[name], -1]];
  const shown = rows ? rows.flatMap(change ? row : ([, numbers]) => numbers.map(paragraph)) : [element("p", nothing)];
  $("shown").className = side && change ? "side" : "inline";
  $("shown").replaceChildren(...shown);
  $("toggle").onclick = () => { side = !side; show(name, change); };
  at = -1;
}

const paragraph = (index) => element("p", data.paragraphs[index], { dir: "auto" });

function row([sign, what, words]) {
  if (sign === "=") {
    const same = what.map((index) => line([data.paragraphs[index]], [data.paragraphs[index]]));
    if (what.length === 1) return same;
    return element("details", [element("summary", `${number(what.length)} paragraphs the same, ${number(words)} words`), ...same]);
  }
  if (sign === "~") {
    const old = [], now = [], all = [];
    what.forEach((piece, index) => {
      if (!piece) return;
      const made = () => index % 3 === 0 ? document.createTextNode(piece) : element(index % 3 === 1 ? "del" : "ins", piece);
      if (index % 3 !== 2) old.push(made());
      if (index % 3 !== 1) now.push(made());
      all.push(made());
    });
    return line(old, now, all, "changed");
  }
  const text = data.paragraphs[what];
  if (sign === ">") return line([], [element("span", "moved: ", { class: "tag" }), text], undefined, "changed");
  return sign === "+" ? line([], [element("ins", text)], undefined, "changed") : line([element("del", text)], [], undefined, "changed");
}

function line(old, now, all = now.length ? now : old, kind = "") {
  const cells = side ? [old, now] : [all];
  return element("div", cells.map((cell) => element("p", cell, { dir: "auto" })), { class: `row ${kind}` });
}

function step(by) {
  const rows = document.querySelectorAll("#shown .changed");
  if (!rows.length) return;
  rows[at]?.classList.remove("here");
  at = Math.min(Math.max(at + by, 0), rows.length - 1);
  rows[at].classList.add("here");
  rows[at].scrollIntoView({ block: "center" });
}

report.waiting.domains = start;
document.addEventListener("DOMContentLoaded", () => {
  if (!$("reader")) return;
  $("next").onclick = () => step(1);
  $("last").onclick = () => step(-1);
  addEventListener("hashchange", read);
  addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || $("reader").hidden) return;
    const keys = { j: "next", k: "last", t: "toggle" };
    if (keys[event.key] && !$(keys[event.key]).hidden) $(keys[event.key]).click();
  });
  read();
});
