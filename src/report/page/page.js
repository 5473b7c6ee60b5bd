"use strict";
// Shows the rows: only those in sight are in the document, so that many are no slower than few.
(() => {
  const byId = (id) => document.getElementById(id);
  const { columns, statuses, reasons, words, rows } = JSON.parse(byId("data").textContent);
  const table = byId("table"), viewport = byId("viewport"), body = table.tBodies[0];
  const search = byId("search"), status = byId("status"), only = byId("only"), count = byId("count");
  const STATUS = columns.findIndex(([, kind]) => kind === "status");
  const GROUP = columns.length;
  const SPARE = 8;
  const PRINTED = 200;
  let shown = rows.map((_, place) => place);
  let sorted = { column: 0, down: false };
  let group = null;
  let height = 0;
  let drawn = "";

  const text = (row, column) => {
    const value = row[column];
    switch (columns[column][1]) {
      case "coded": return words[value];
      case "status": return statuses[value][0];
      default: return String(value);
    }
  };

  const element = (name, className, content) => {
    const made = document.createElement(name);
    if (className) made.className = className;
    if (content !== undefined) made.textContent = content;
    return made;
  };

  const line = (place, index) => {
    const row = rows[place], made = element("tr");
    made.setAttribute("aria-rowindex", index + 2);
    columns.forEach(([, kind], column) => {
      const cell = element("td", kind), value = text(row, column);
      if (column === 0) {
        const open = element("button", "", value);
        open.type = "button";
        open.setAttribute("aria-label", `Row ${value}, show all of it`);
        open.addEventListener("click", () => detail(row));
        cell.append(open);
      } else if (kind === "status") {
        cell.append(element("span", `chip ${statuses[row[column]][1]}`, value));
      } else {
        cell.append(element("bdi", "", value));
        if (value.length > 16) cell.title = value;
      }
      made.append(cell);
    });
    return made;
  };

  const space = (pixels) => {
    const made = element("tr", "space"), cell = element("td");
    made.setAttribute("aria-hidden", "true");
    cell.colSpan = columns.length;
    cell.style.height = `${pixels}px`;
    made.append(cell);
    return made;
  };

  const draw = () => {
    const first = Math.max(0, Math.floor(viewport.scrollTop / height) - SPARE);
    const last = Math.min(shown.length, first + Math.ceil(viewport.clientHeight / height) + 2 * SPARE);
    const wanted = `${first} ${last}`;
    if (wanted === drawn) return;
    drawn = wanted;
    const focused = body.contains(document.activeElement) ? document.activeElement.textContent : null;
    const lines = shown.slice(first, last).map((place, index) => line(place, first + index));
    body.replaceChildren(space(first * height), ...lines, space((shown.length - last) * height));
    if (focused !== null) {
      const again = [...body.querySelectorAll("button")].find((button) => button.textContent === focused);
      (again ?? viewport).focus({ preventScroll: true });
    }
  };

  const redraw = () => {
    drawn = "";
    if (shown.length === 0) {
      const none = element("tr", "empty"), cell = element("td", "", "No row matches.");
      cell.colSpan = columns.length;
      none.append(cell);
      body.replaceChildren(none);
      return;
    }
    draw();
  };

  let searched = null;
  const haystack = () => searched ??= rows.map((row) => columns.map((_, column) => text(row, column)).join("\u0001").toLowerCase());

  const choose = () => {
    const terms = search.value.toLowerCase().split(/\s+/).filter(Boolean);
    const wanted = status.value === "" ? null : Number(status.value);
    const texts = terms.length > 0 ? haystack() : null;
    shown = [];
    for (let place = 0; place < rows.length; place += 1) {
      const row = rows[place];
      if (wanted !== null && row[STATUS] !== wanted) continue;
      if (group !== null && !row[GROUP].includes(group)) continue;
      if (texts !== null && !terms.every((term) => texts[place].includes(term))) continue;
      shown.push(place);
    }
    order();
    const all = rows.length.toLocaleString("en");
    count.textContent = shown.length === rows.length ? `${all} rows` : `${shown.length.toLocaleString("en")} of ${all} rows`;
    table.setAttribute("aria-rowcount", shown.length + 1);
    viewport.scrollTop = 0;
    redraw();
  };

  const collator = new Intl.Collator("en", { numeric: true, sensitivity: "base" });
  let ranks = null;
  const rank = () => {
    if (ranks === null) {
      ranks = new Array(words.length);
      words.map((word, place) => [word, place]).sort((a, b) => collator.compare(a[0], b[0])).forEach(([, place], at) => { ranks[place] = at; });
    }
    return ranks;
  };

  const order = () => {
    const { column, down } = sorted;
    const kind = columns[column][1];
    const value = kind === "coded" ? (place) => rank()[rows[place][column]] : (place) => rows[place][column];
    const compare = kind === "text" ? collator.compare : (a, b) => a - b;
    shown.sort((a, b) => (down ? compare(value(b), value(a)) : compare(value(a), value(b))) || a - b);
  };

  const detail = (row) => {
    const dialog = byId("detail"), list = dialog.querySelector("dl");
    byId("detail-title").textContent = `Row ${row[0]}`;
    list.replaceChildren();
    columns.forEach(([name], column) => {
      const value = text(row, column);
      if (column > 0 && value !== "") {
        const cell = element("dd");
        cell.append(element("bdi", "", value));
        list.append(element("dt", "", name), cell);
      }
    });
    dialog.showModal();
  };

  [...table.tHead.rows[0].cells].forEach((cell, column) => {
    const button = element("button", "", cell.textContent);
    button.type = "button";
    cell.replaceChildren(button);
    if (column === 0) cell.setAttribute("aria-sort", "ascending");
    button.addEventListener("click", () => {
      sorted = { column, down: sorted.column === column && !sorted.down };
      for (const other of table.tHead.rows[0].cells) other.removeAttribute("aria-sort");
      cell.setAttribute("aria-sort", sorted.down ? "descending" : "ascending");
      order();
      redraw();
    });
  });

  let pending = 0;
  search.addEventListener("input", () => {
    clearTimeout(pending);
    pending = setTimeout(choose, 120);
  });
  status.addEventListener("change", choose);
  only.addEventListener("click", () => {
    group = null;
    only.hidden = true;
    choose();
    search.focus();
  });
  for (const button of document.querySelectorAll("button.show")) {
    button.hidden = false;
    button.addEventListener("click", () => {
      group = Number(button.dataset.group);
      search.value = "";
      status.value = "";
      only.hidden = false;
      only.textContent = `✕ Only: ${reasons[group]}`;
      only.setAttribute("aria-label", `Show all rows again, not only: ${reasons[group]}`);
      choose();
      byId("all-rows").open = true;
      byId("rows").scrollIntoView();
      viewport.focus({ preventScroll: true });
    });
  }

  let waiting = false;
  viewport.addEventListener("scroll", () => {
    if (waiting) return;
    waiting = true;
    requestAnimationFrame(() => {
      waiting = false;
      if (shown.length > 0) draw();
    });
  });
  addEventListener("resize", redraw);
  addEventListener("beforeprint", () => {
    body.replaceChildren(...shown.slice(0, PRINTED).map(line));
    if (shown.length > PRINTED) count.textContent = `The first ${PRINTED} of ${shown.length.toLocaleString("en")} rows`;
  });
  addEventListener("afterprint", choose);

  byId("all-rows").addEventListener("toggle", redraw);
  byId("still")?.remove();
  byId("tools").hidden = false;
  if (columns.length > 7) table.style.minWidth = `${84 + 10 * (columns.length - 7)}rem`;
  if (rows.length > 0) {
    body.replaceChildren(line(0, 0));
    height = body.rows[0].getBoundingClientRect().height || 37;
  }
  choose();
})();
