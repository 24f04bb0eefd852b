"use strict";
// Makes tables sort by their heads, ascending, descending and as they were, and
// gives long ones a filter.
(function () {
  const natural = new Intl.Collator("en", { numeric: true });
  const missing = "\u2013";

  // text is what a cell says, without its footnote mark.
  function text(cell) {
    const copy = cell.cloneNode(true);
    copy.querySelectorAll("sup").forEach((mark) => mark.remove());
    return copy.textContent.trim();
  }

  // key is what a cell is sorted by: a number, a text, or null, which is last.
  function key(cell) {
    if (cell.dataset.value !== undefined) return Number(cell.dataset.value);
    const words = text(cell);
    return words === "" || words === missing ? null : words;
  }

  // keys are those of a column; texts become numbers if all of them are.
  function keys(rows, column) {
    const all = rows.map((row) => key(row.cells[column]));
    const numeric = all.every((k) => k === null || typeof k === "number" || Number.isFinite(Number(k)));
    return numeric ? all.map((k) => (k === null ? null : Number(k))) : all.map((k) => (k === null ? null : String(k)));
  }

  function compare(a, b) {
    return typeof a === "number" ? a - b : natural.compare(a, b);
  }

  // order is the order of the rows by a column, stable in both directions.
  function order(rows, column, direction) {
    const by = keys(rows, column);
    return rows
      .map((row, i) => i)
      .sort((i, j) => {
        if (by[i] === null || by[j] === null) return (by[i] === null) - (by[j] === null) || i - j;
        return direction * compare(by[i], by[j]) || i - j;
      })
      .map((i) => rows[i]);
  }

  function sortable(table, rows) {
    const heads = Array.from(table.tHead.rows[0].cells);
    heads.forEach((head, column) => {
      const button = document.createElement("button");
      button.type = "button";
      button.append(...head.childNodes);
      head.append(button);
      head.setAttribute("aria-sort", "none");
      button.addEventListener("click", () => {
        const next = { none: "ascending", ascending: "descending", descending: "none" }[head.getAttribute("aria-sort")];
        heads.forEach((other) => other.setAttribute("aria-sort", "none"));
        head.setAttribute("aria-sort", next);
        const sorted = next === "none" ? rows : order(rows, column, next === "ascending" ? 1 : -1);
        table.tBodies[0].append(...sorted);
      });
    });
  }

  // filterable shows the rows that have every word that is typed.
  function filterable(table, rows) {
    const box = document.createElement("div");
    const label = document.createElement("label");
    const input = document.createElement("input");
    const count = document.createElement("output");
    box.className = "filter";
    input.type = "search";
    label.append("Filter");
    input.id = table.closest(".table").id + "-filter";
    label.htmlFor = input.id;
    box.append(label, input, count);
    table.closest(".scroll").before(box);
    const contents = rows.map((row) => Array.from(row.cells, text).join(" ").toLowerCase());
    input.addEventListener("input", () => {
      const words = input.value.toLowerCase().split(/\s+/).filter(Boolean);
      let shown = 0;
      rows.forEach((row, i) => {
        row.hidden = !words.every((word) => contents[i].includes(word));
        shown += row.hidden ? 0 : 1;
      });
      count.textContent = words.length ? shown + " of " + rows.length + " rows" : "";
    });
  }

  document.querySelectorAll(".table table").forEach((table) => {
    const rows = Array.from(table.tBodies[0].rows);
    if (rows.length > 1) sortable(table, rows);
    if (rows.length > 10) filterable(table, rows);
  });
})();
