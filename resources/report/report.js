"use strict";
// Sortable, downloadable tables and brushable charts. Texts of the data are set as text,
// never as markup. The only thing computed is which rows are shown.
(() => {
  const MOST_POINTS = 4000, MOST_PRINTED = 80;
  const find = (id) => document.getElementById(id);
  const views = {};

  async function unpacked(text) {
    const bytes = Uint8Array.from(atob(text), (each) => each.charCodeAt(0));
    const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"));
    return new Response(stream).text();
  }

  async function load(library, name) {
    const script = document.createElement("script");
    script.type = "module";
    script.textContent = `${await unpacked(find(`library-${library}`).textContent)}
;window.dispatchEvent(new Event("has-${library}"));`;
    const done = new Promise((resolve) => window.addEventListener(`has-${library}`, resolve, { once: true }));
    document.head.append(script);
    await done;
    return window[name];
  }

  // Return a packed table as {names, columns, n}; a column is an array of values by row.
  async function columnsOf(id) {
    const content = JSON.parse(await unpacked(find(id).textContent));
    const columns = {};
    for (const column of content.columns) {
      columns[column.name] = column.texts
        ? column.codes.map((code) => (code < 0 ? null : column.texts[code]))
        : column.values;
    }
    return { names: content.columns.map((each) => each.name), columns, n: content.n };
  }

  function rowsOf(table) {
    const lists = table.names.map((name) => table.columns[name]);
    return Array.from({ length: table.n }, (_, row) => lists.map((list) => list[row]));
  }

  const escaped = (text) =>
    String(text).replace(/[&<>"']/g, (sign) => `&#${sign.charCodeAt(0)};`);

  function shownNumber(value) {
    if (value === null || value === undefined) return "";
    if (Number.isInteger(value)) return value.toLocaleString("en");
    const size = Math.abs(value);
    if (size < 1e-4 || size >= 1e6) return value.toExponential(1);
    const short = Number(value.toPrecision(4));
    // A quantile of 0.99999 is not 1.
    return String(Math.abs(short) === 1 ? value : short);
  }

  // Return how DataTables shows, searches and sorts a column.
  function columnOf(name, title, isNumber) {
    return {
      title: escaped(title),
      type: isNumber ? "num" : "string",
      className: isNumber ? "number" : "",
      render: (value, kind) => {
        if (value === null || value === undefined) return isNumber && kind === "sort" ? -Infinity : "";
        if (isNumber) return kind === "display" || kind === "filter" ? shownNumber(value) : value;
        return escaped(value);
      },
    };
  }

  // Save rows as CSV. DataTables' own export takes half a minute for 100,000 rows.
  function save(name, columns, rows, constants) {
    const quoted = (value) => {
      const text = value === null || value === undefined ? "" : String(value);
      // A spreadsheet would run a text that begins like a formula; numbers are safe.
      const isFormula = /^[=+@\t\r-]/.test(text) && Number.isNaN(Number(text));
      return `"${(isFormula ? `'${text}` : text).replaceAll('"', '""')}"`;
    };
    const added = Object.values(constants);
    const head = [...columns, ...Object.keys(constants)];
    const lines = [head, ...rows.map((row) => [...row, ...added])].map((row) => row.map(quoted).join(","));
    const link = document.createElement("a");
    link.href = URL.createObjectURL(new Blob([`${lines.join("\r\n")}\r\n`], { type: "text/csv" }));
    link.download = `${document.querySelector(".standin") ? "standin." : ""}${name}.csv`;
    link.click();
    URL.revokeObjectURL(link.href);
  }

  // `rowOf` returns the exact values of a row by its index; `constants` are added to each row.
  const layoutOf = (name, isLong, columns, rowOf, constants) => ({
    topStart: { buttons: [{ text: "CSV", titleAttr: `Download ${name} as CSV`, action: (_, table) => {
      const chosen = table.rows({ search: "applied", order: "applied" }).indexes().toArray();
      save(name, columns, chosen.map(rowOf(table)), constants);
    } }] },
    topEnd: isLong ? { search: { text: "Search", placeholder: "" } } : null,
    bottomStart: isLong ? "info" : null,
    bottomEnd: isLong ? "paging" : null,
  });

  // Enhance a table of the page; numbers sort and download as their exact values.
  function enhance(DataTable, table) {
    const name = table.dataset.name;
    const numbers = [...table.tHead.rows[0].cells].map((_, place) =>
      [...table.tBodies[0].rows].some((row) => row.cells[place].classList.contains("number")));
    const columns = [...table.tHead.rows[0].cells].map((cell) => cell.dataset.column);
    const nRows = table.tBodies[0].rows.length;
    const isLong = nRows > 10;
    new DataTable(table, {
      order: [], paging: isLong, searching: isLong, info: isLong, pageLength: 10, autoWidth: false,
      columnDefs: numbers.map((isNumber, place) => ({ targets: place, type: isNumber ? "num" : "string" })),
      layout: layoutOf(name, isLong, columns, (made) => (row) =>
        [...made.row(row).node().cells].map((cell) => cell.dataset.order ?? cell.textContent),
        JSON.parse(table.dataset.constants)),
      language: { emptyTable: "no rows" },
    });
  }

  function tableOf(DataTable, element, table, titles, name, constants) {
    const lists = table.names.map((each) => table.columns[each]);
    const columns = table.names.map((each, place) =>
      columnOf(each, titles[each] ?? each, lists[place].some((value) => typeof value === "number")));
    const data = rowsOf(table);
    return new DataTable(element, {
      data, columns, deferRender: true, order: [], pageLength: 10, autoWidth: false,
      layout: layoutOf(name, true, table.names, () => (row) => data[row], constants),
      language: { emptyTable: "no rows" },
    });
  }

  async function chart(vegaEmbed, element, spec) {
    const result = await vegaEmbed(element, spec, { actions: false, renderer: "canvas", logLevel: 1 });
    return result.view;
  }

  const TITLES = { variant: "variant", feature: "feature", gene: "gene", effect: "effect", score: "score", quantile: "quantile",
                   p_value: "p value", distance: "distance, bp", maf: "MAF", pip: "PIP", lead: "lead" };
  const FIELDS = [["effect", "low"], ["effect", "high"], ["score", "low"], ["score", "high"]];

  // The pairs of one benchmark. The table filters them by the brush, the fields and its search;
  // the points follow the table.
  class Explorer {
    constructor(DataTable, vegaEmbed) {
      Object.assign(this, { DataTable, vegaEmbed, bounds: null });
      for (const [axis, end] of FIELDS) {
        find(`${axis}-${end}`).addEventListener("change", () => this.readFields());
      }
      find("clear").addEventListener("click", () => this.clear());
      find("benchmark").addEventListener("change", () => this.open(find("benchmark").value));
    }

    async open(id) {
      this.about = JSON.parse(find(`explorer-${id}`).textContent);
      const [rows, bins] = [await columnsOf(`rows-${id}`), await columnsOf(`bins-${id}`)];
      if (rows.columns.lead) rows.columns.lead = rows.columns.lead.map((each) => (each ? "yes" : "no"));
      this.rows = rows;
      this.bounds = null;
      this.fill();
      if (this.table) {
        this.table.destroy();
        find("pairs").querySelectorAll("thead, tbody, tfoot, colgroup").forEach((each) => each.remove());
      }
      const cells = Array.from({ length: bins.n }, (_, row) =>
        Object.fromEntries(bins.names.map((name) => [name, bins.columns[name][row]])));
      for (const name of ["density", "points"]) views[name]?.finalize();
      views.density = await chart(this.vegaEmbed, find("density"), { ...this.about.density, datasets: { bins: cells } });
      const first = this.pointsOf(Array.from({ length: Math.min(rows.n, MOST_POINTS) }, (_, row) => row));
      views.points = await chart(this.vegaEmbed, find("points"), { ...this.about.points, datasets: { points: first } });
      views.density.addSignalListener("brush", (_, value) => {
        clearTimeout(this.waiting);
        if (this.isWipingBrush) return;
        this.waiting = setTimeout(() => this.brushed(value), 150);
      });
      views.points.addEventListener("click", (_, item) => {
        if (item?.datum?.variant) this.table.search(item.datum.variant).draw();
      });
      this.table = tableOf(this.DataTable, find("pairs"), rows, TITLES, `${id}.pairs`, this.about.constants);
      const { effect, score } = rows.columns;
      this.table.search.fixed("bounds", (_, data, row) => {
        const bounds = this.bounds;
        return !bounds || (effect[row] >= bounds.effect[0] && effect[row] <= bounds.effect[1] &&
                           score[row] >= bounds.score[0] && score[row] <= bounds.score[1]);
      });
      this.table.on("search.dt", () => this.follow());
      await this.follow();
    }

    brushed(value) {
      const effect = value?.effect_low, score = value?.score_low;
      this.bounds = effect && score ? this.widened({ effect: [...effect], score: [...score] }) : null;
      this.fill();
      this.table.draw();
    }

    // Cells at the edge of the grid also count the pairs beyond it: select those, too.
    widened(bounds) {
      for (const axis of ["effect", "score"]) {
        const [low, high] = views.density.scale(axis === "effect" ? "x" : "y").domain();
        bounds[axis].sort((a, b) => a - b);
        if (bounds[axis][0] <= low) bounds[axis][0] = -Infinity;
        if (bounds[axis][1] >= high) bounds[axis][1] = Infinity;
      }
      return bounds;
    }

    fill() {
      for (const [axis, end] of FIELDS) {
        const value = this.bounds?.[axis][end === "low" ? 0 : 1];
        find(`${axis}-${end}`).value = Number.isFinite(value) ? Number(value.toPrecision(4)) : "";
      }
    }

    readFields() {
      const read = (axis, end, otherwise) => {
        const text = find(`${axis}-${end}`).value;
        return text === "" ? otherwise : Number(text);
      };
      this.bounds = { effect: [read("effect", "low", -Infinity), read("effect", "high", Infinity)],
                      score: [read("score", "low", -Infinity), read("score", "high", Infinity)] };
      this.wipeBrush();
      this.table.draw();
    }

    // Clear the brush, which no longer matches the fields.
    async wipeBrush() {
      this.isWipingBrush = true;
      await views.density.signal("brush_x", []).signal("brush_y", []).runAsync();
      this.isWipingBrush = false;
    }

    clear() {
      this.bounds = null;
      this.fill();
      this.wipeBrush();
      this.table.search("").draw();
    }

    async follow() {
      const chosen = this.table.rows({ search: "applied" }).indexes().toArray();
      const { n } = this.rows;
      const count = (value) => value.toLocaleString("en");
      const { n_pairs: nPairs, path } = this.about;
      let words = `${count(chosen.length)} of ${count(n)} pairs`;
      if (n < nPairs) {
        words += ` on this page, which holds the leads and the smallest p values of ${count(nPairs)} pairs (all in ${path})`;
      }
      if (chosen.length > MOST_POINTS) words += `; the first ${count(MOST_POINTS)} are drawn as points`;
      find("shown").textContent = words;
      await views.points.data("points", this.pointsOf(chosen)).resize().runAsync();
    }

    pointsOf(chosen) {
      const { names, columns } = this.rows;
      // The last point is drawn on top: leads with the smallest p values.
      return chosen.slice(0, MOST_POINTS).reverse().map((row) =>
        Object.fromEntries(names.map((name) => [name, columns[name][row]])));
    }
  }

  // Sortable headings have the role of a button, so the space bar must work, too.
  document.addEventListener("keydown", (event) => {
    if (event.key === " " && event.target.matches("th [role=button], th[role=button]")) {
      event.preventDefault();
      event.target.click();
    }
  });

  // Print all rows of tables that are not too long, and open folded parts.
  function preparePrint(DataTable) {
    let undo = [];
    window.addEventListener("beforeprint", () => {
      for (const details of document.querySelectorAll("details:not([open])")) {
        details.open = true;
        undo.push(() => { details.open = false; });
      }
      for (const node of document.querySelectorAll("table.data")) {
        const table = new DataTable.Api(node);
        const length = table.page.len();
        if (table.rows().count() > length && table.rows().count() <= MOST_PRINTED) {
          table.page.len(-1).draw();
          undo.push(() => table.page.len(length).draw());
        }
      }
    });
    window.addEventListener("afterprint", () => {
      undo.forEach((each) => each());
      undo = [];
    });
  }

  async function start() {
    if (!("DecompressionStream" in window)) {
      if (find("shown")) find("shown").textContent = "This browser is too old to show the pairs; the rest of the page works.";
      return;
    }
    const DataTable = await load("datatables", "DataTable");
    document.querySelectorAll("table.data").forEach((table) => enhance(DataTable, table));
    preparePrint(DataTable);
    document.querySelectorAll(".packed").forEach((box) => {
      box.querySelector("button").addEventListener("click", async () => {
        const table = document.createElement("table");
        const scroller = document.createElement("div");
        Object.assign(scroller, { className: "wide", tabIndex: 0 });
        scroller.setAttribute("role", "group");
        scroller.setAttribute("aria-label", box.textContent.trim());
        scroller.append(table);
        box.replaceChildren(scroller);
        tableOf(DataTable, table, await columnsOf(box.dataset.source), {}, box.dataset.name, {});
      }, { once: true });
    });
    const specs = document.querySelectorAll(".chart");
    if (!specs.length && !find("benchmark")) return;
    const vegaEmbed = await load("vega", "vegaEmbed");
    for (const element of specs) {
      await chart(vegaEmbed, element, JSON.parse(find(element.dataset.spec).textContent));
    }
    if (find("benchmark")) await new Explorer(DataTable, vegaEmbed).open(find("benchmark").value);
  }

  window.endobench = { views, ready: start() };
})();
