// Words, numbers, tables and their CSV.
"use strict";

const data = JSON.parse(document.getElementById("data").textContent);
const LOCALES = { nl: "nl-BE", en: "en-GB" };
const state = { lang: data.language, nis: null, other: null, item: 0, group: null, parts: [], specification: null, verdict: "" };

/** The fixed text of a key in the language of the page, braces filled. */
function word(key, values = {}) {
  const text = data.words[state.lang][key] ?? key;
  return text.replace(/\{(\w+)\}/g, (whole, name) => (name in values ? String(values[name]) : whole));
}

/** A label of the data in the language of the page. */
function told(label) {
  return label ? label[state.lang] : "";
}

/** A number as a reader sees it: four significant digits, whole above a thousand. */
function number(value, digits = 4) {
  if (value === null || value === undefined || Number.isNaN(value)) return word("missing");
  const options = Math.abs(value) >= 1000 ? { maximumFractionDigits: 0 } : { maximumSignificantDigits: digits };
  return new Intl.NumberFormat(LOCALES[state.lang], options).format(value).replace(/^-(?=0(?:[.,]0*)?$)/, "");
}

/** Numbers of one kind with the same decimals: four significant digits of the largest. */
function numbersAlike(...values) {
  const most = Math.max(...values.map(Math.abs));
  const decimals = Math.min(6, Math.max(0, 3 - Math.floor(Math.log10(most || 1))));
  const format = new Intl.NumberFormat(LOCALES[state.lang], { minimumFractionDigits: decimals, maximumFractionDigits: decimals });
  return values.map((value) => format.format(value));
}

/** A new element with text and attributes; text never becomes markup. */
function make(tag, text = "", attributes = {}) {
  const element = document.createElement(tag);
  if (text !== "") element.textContent = text;
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  return element;
}

function byId(id) {
  return document.getElementById(id);
}

function fill(id, ...children) {
  byId(id).replaceChildren(...children);
}

function filled(element, ...children) {
  element.append(...children);
  return element;
}

/* A table is {name, caption, columns: [{id, label, kind}], rows: [[cell]]}; kind: text, number or head. A cell is a text, a number or
   null for missing, or {text, value}: what is read and what a file holds. */

function shownCell(cell) {
  if (cell !== null && typeof cell === "object") return cell.text;
  return typeof cell === "number" ? number(cell) : cell;
}

function tableCell(column, cell) {
  const tag = column.kind === "head" ? "th" : "td";
  const element = make(tag, "", column.kind === "head" ? { scope: "row" } : {});
  if (column.kind === "number") element.className = "n";
  const text = shownCell(cell);
  if (text === "") element.append(make("span", "\u2013", { "aria-hidden": "true" }));
  else if (text === null || text === undefined) element.append(make("span", word("missing"), { class: "missing" }));
  else element.textContent = text;
  if (column.strong) element.classList.add("strong");
  return element;
}

function tableElement(table) {
  const element = make("table");
  if (table.caption) element.append(make("caption", table.caption));
  const head = make("tr");
  for (const column of table.columns) {
    head.append(make("th", column.label, { scope: "col", ...(column.kind === "number" ? { class: "n" } : {}) }));
  }
  const body = make("tbody");
  for (const row of table.rows) {
    body.append(filled(make("tr"), ...row.map((cell, place) => tableCell(table.columns[place], cell))));
  }
  element.append(filled(make("thead"), head), body);
  return element;
}

/** Put a table with its download button into a container. */
function showTable(container, table, tall = false) {
  const scroll = filled(make("div", "", { class: tall ? "scroll tall" : "scroll" }), tableElement(table));
  if (tall) {
    scroll.tabIndex = 0;
    scroll.setAttribute("role", "region");
    scroll.setAttribute("aria-label", table.caption || table.name);
  }
  container.replaceChildren(scroll, filled(make("div", "", { class: "under" }), downloadButton(table)));
}

function downloadButton(table) {
  const button = make("button", word("download"), { type: "button", "data-download": table.name });
  button.addEventListener("click", () => download(`${table.name}.csv`, csv(table)));
  return button;
}

/** A cell of a file: numbers as they are, missing empty; a text that a spreadsheet would compute is made inert. */
function csvCell(cell) {
  const value = cell !== null && typeof cell === "object" ? cell.value : cell;
  if (value === null || value === undefined) return "";
  if (typeof value === "number") return String(value);
  const text = /^[=+\-@\t\r]/.test(value) ? `'${value}` : String(value);
  return /[",\n\r]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

/** The table as a file: ids as heads, decimal points, the kind of data in the last column. */
function csv(table) {
  const lines = [[...table.columns.map((column) => column.id), "data_source"]];
  for (const row of table.rows) lines.push([...row, data.label]);
  if (table.rows.length === 0) lines.push([...table.columns.map(() => null), data.label]);
  return lines.map((line) => line.map(csvCell).join(",")).join("\n") + "\n";
}

function download(name, text) {
  const address = URL.createObjectURL(new Blob([text], { type: "text/csv;charset=utf-8" }));
  const link = make("a", "", { href: address, download: name });
  document.body.append(link);
  link.click();
  link.remove();
  setTimeout(() => URL.revokeObjectURL(address), 1000);
}
