"use strict";
// Sortable, downloadable tables and brushable charts. Texts of the data are set as text,
// never as markup. The only thing computed is which rows are shown.
(() => {
  const MOST_POINTS = 4000;
  const find = (id) => document.getElementById(id);
  const views = {};
  let enhanceAll = async () => {};

  async function unpacked(text) {
    const letters = atob(text);
    // A loop is ten times as fast as `Uint8Array.from` with a function.
    const bytes = new Uint8Array(letters.length);
    for (let place = 0; place < letters.length; place++) bytes[place] = letters.charCodeAt(place);
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

  // Numbers are shown with a minus sign; those that are downloaded or typed have a hyphen.
  const withMinusSigns = (text) => text.replace(/(?<![\w.)])-(?=\d)/g, "−");

  function shownNumber(value) {
    if (value === null || value === undefined) return "";
    if (Number.isInteger(value)) return value.toLocaleString("en");
    const size = Math.abs(value);
    if (size < 1e-4 || size >= 1e6) return value.toExponential(1);
    if (size >= 1000) return Math.round(value).toLocaleString("en");
    const short = Number(value.toPrecision(4));
    // A quantile of 0.99999 is not 1.
    return String(Math.abs(short) === 1 ? value : short);
  }

  // Return how DataTables shows, searches and sorts a column. `words` are shown for its values,
  // and `places` are what its values link to.
  function columnOf({ title, isNumber, isMore = false, isLong = false, words = {}, places = {} }) {
    const wordsOf = (value) => String(words[value] ?? value);
    return {
      title: escaped(title),
      type: isNumber ? "num" : "string",
      // Texts of a hundred thousand rows of numbers would take a second, and are not sought.
      searchable: !isNumber,
      className: [isNumber && "number", isLong && "long", isMore && "more"].filter(Boolean).join(" "),
      render: (value, kind) => {
        if (value === null || value === undefined) return isNumber && kind === "sort" ? -Infinity : "";
        if (isNumber) return kind === "display" ? withMinusSigns(shownNumber(value)) : value;
        if (kind === "sort" || kind === "type") return value;
        if (kind !== "display") return escaped(wordsOf(value));
        const shown = escaped(withMinusSigns(wordsOf(value)));
        return value in places ? `<a href="#${escaped(places[value])}">${shown}</a>` : shown;
      },
    };
  }

  function offer(blob, name) {
    const link = document.createElement("a");
    link.href = URL.createObjectURL(blob);
    link.download = `${document.querySelector(".standin") ? "standin." : ""}${name}`;
    link.click();
    URL.revokeObjectURL(link.href);
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
    offer(new Blob([`${lines.join("\r\n")}\r\n`], { type: "text/csv" }), `${name}.csv`);
  }

  // Return the button that shows or hides the columns that are not shown at first.
  function columnsButton(table) {
    const count = table.tHead.rows[0].cells.length;
    const words = () => (table.classList.contains("all") ? "Fewer columns" : `All ${count} columns`);
    return { text: words(), action: (event) => {
      table.classList.toggle("all");
      event.currentTarget.textContent = words();
      markScrollers();
    } };
  }

  // `rowOf` returns the exact values of a row by its index; `constants` are added to each row.
  function layoutOf(element, name, isLong, columns, rowOf, constants) {
    const csv = { text: "CSV", titleAttr: `Save ${name} as CSV`, action: (_, table) => {
      const chosen = table.rows({ search: "applied", order: "applied" }).indexes().toArray();
      save(name, columns, chosen.map(rowOf(table)), constants);
    } };
    const isCut = element.tHead?.querySelector(".more");
    return {
      topStart: { buttons: isCut ? [csv, columnsButton(element)] : [csv] },
      topEnd: isLong ? { search: { text: "Search", placeholder: "" } } : null,
      bottomStart: isLong ? "info" : null,
      bottomEnd: isLong ? "paging" : null,
    };
  }

  // Enhance a table of the page; numbers sort and download as their exact values.
  async function enhance(DataTable, table) {
    const { name, source } = table.dataset;
    const heads = [...table.tHead.rows[0].cells];
    const constants = JSON.parse(table.dataset.constants);
    if (source) {
      const words = JSON.parse(table.dataset.words);
      const data = await columnsOf(source);
      const about = Object.fromEntries(heads.map((head) => [head.dataset.column, {
        title: head.textContent,
        isMore: head.classList.contains("more"),
        isLong: [...table.tBodies[0].rows].some((row) => row.cells[head.cellIndex].classList.contains("long")),
        words: words[head.dataset.column],
      }]));
      table.querySelector(".cut").remove();
      table.tBodies[0].replaceChildren();
      tableOf(DataTable, table, data, about, name, constants);
      return;
    }
    const numbers = heads.map((_, place) =>
      [...table.tBodies[0].rows].some((row) => row.cells[place].classList.contains("number")));
    const columns = heads.map((cell) => cell.dataset.column);
    const isLong = table.tBodies[0].rows.length > 10;
    made(DataTable, table, name, {
      paging: isLong, searching: isLong, info: isLong,
      columnDefs: numbers.map((isNumber, place) => ({ targets: place, type: isNumber ? "num" : "string" })),
      layout: layoutOf(table, name, isLong, columns, (own) => (row) =>
        [...own.row(row).node().cells].map((cell) => cell.dataset.order ?? cell.textContent), constants),
    });
  }

  // Enhance tables once they are shown within two heights of the window: few are ever seen, and
  // all of them would take a third of the time until the page is ready. Return a function that
  // enhances all.
  function enhanceWhenNear(DataTable) {
    const tables = [...document.querySelectorAll("table.data")];
    const begun = new Map();
    const begin = (table) => {
      watch.unobserve(table);
      if (!begun.has(table)) begun.set(table, enhance(DataTable, table));
      return begun.get(table);
    };
    const watch = new IntersectionObserver(async (entries) => {
      await Promise.all(entries.filter((each) => each.isIntersecting).map(({ target }) => begin(target)));
      markScrollers();
    }, { rootMargin: "200% 0px" });
    for (const table of tables) watch.observe(table);
    return async () => {
      await Promise.all(tables.map(begin));
      markScrollers();
    };
  }

  // Make a DataTable whose pages are named.
  function made(DataTable, element, name, options) {
    const table = new DataTable(element, { order: [], pageLength: 10, autoWidth: false,
                                           language: { emptyTable: "no rows" }, ...options });
    for (const nav of table.table().container().querySelectorAll("nav")) nav.setAttribute("aria-label", `Pages of ${name}`);
    return table;
  }

  // Make a table of columns; `about` says how each is shown, see `columnOf`.
  function tableOf(DataTable, element, table, about, name, constants) {
    const lists = table.names.map((each) => table.columns[each]);
    const columns = table.names.map((each, place) => columnOf({
      title: each, isNumber: lists[place].some((value) => typeof value === "number"), ...about[each] }));
    const data = rowsOf(table);
    return made(DataTable, element, name, {
      data, columns, deferRender: true,
      layout: layoutOf(element, name, true, table.names, () => (row) => data[row], constants),
    });
  }

  // Draw a chart, no wider than its place, which then need not scroll.
  async function chart(vegaEmbed, element, spec) {
    const width = Math.min(spec.width + 90, element.closest(".wide").clientWidth - 2);
    const fitted = { ...spec, width, autosize: { type: "fit-x", contains: "padding" } };
    const result = await vegaEmbed(element, fitted, { actions: false, renderer: "canvas", logLevel: 1 });
    return result.view;
  }

  const TITLES = { p_value: "p value", distance: "distance, bp", maf: "MAF", pip: "PIP" };
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
      this.table = tableOf(this.DataTable, find("pairs"), rows, this.titles(), `${id}.pairs`, this.about.constants);
      const { effect, score } = rows.columns;
      this.table.search.fixed("bounds", (_, data, row) => {
        const bounds = this.bounds;
        return !bounds || (effect[row] >= bounds.effect[0] && effect[row] <= bounds.effect[1] &&
                           score[row] >= bounds.score[0] && score[row] <= bounds.score[1]);
      });
      this.table.on("search.dt", () => this.follow());
      await this.follow();
    }

    // Variants that are drawn lead to their locus.
    titles() {
      const loci = [...document.querySelectorAll(".locus[data-variant]")].reverse();
      const places = Object.fromEntries(loci.map((each) => [each.dataset.variant, each.id]));
      const titles = Object.fromEntries(Object.entries(TITLES).map(([name, title]) => [name, { title }]));
      return { ...titles, variant: { places } };
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

  // Boxes that scroll sideways can be reached by keyboard, and show that they go on.
  function markScrollers() {
    for (const box of document.querySelectorAll(".wide, .dt-layout-full, pre")) {
      const isWide = box.scrollWidth > box.clientWidth + 1;
      const isScroller = isWide || box.scrollHeight > box.clientHeight + 1;
      if (isScroller) {
        box.tabIndex = 0;
        if (!box.hasAttribute("role")) {
          box.setAttribute("role", "group");
          box.setAttribute("aria-label", box.closest(".wide").getAttribute("aria-label"));
        }
      } else box.removeAttribute("tabindex");
      box.classList.toggle("goes-on", isWide);
    }
  }

  async function pngOf(image) {
    await image.decode();
    const canvas = document.createElement("canvas");
    // Drawings without pixels of their own are saved at twice their size.
    const scale = image.src.startsWith("data:image/svg") ? 2 : 1;
    Object.assign(canvas, { width: scale * image.naturalWidth, height: scale * image.naturalHeight });
    canvas.getContext("2d").drawImage(image, 0, 0, canvas.width, canvas.height);
    return new Promise((resolve) => canvas.toBlob(resolve, "image/png"));
  }

  function enableSaving() {
    for (const button of document.querySelectorAll("button.save")) {
      button.addEventListener("click", async () => {
        for (const image of button.closest("figure").querySelectorAll("img")) {
          const name = (image.dataset.name ?? button.dataset.name.replace(/\.png$/, "")).replaceAll("/", ".");
          offer(await pngOf(image), `${name}.png`);
        }
      });
    }
  }

  // Mark the section that is being read in the table of contents.
  function followReading() {
    const links = new Map([...document.querySelectorAll("#contents a")]
      .map((link) => [find(link.getAttribute("href").slice(1)), link]));
    links.delete(null);
    const seen = new Set();
    const watch = new IntersectionObserver((entries) => {
      for (const { target, isIntersecting } of entries) {
        if (isIntersecting) seen.add(target);
        else seen.delete(target);
      }
      const current = [...links.keys()].filter((each) => seen.has(each)).pop();
      for (const [section, link] of links) {
        if (section === current) {
          link.setAttribute("aria-current", "true");
          const [box, place] = [find("contents").parentElement, link.offsetTop];
          // Under a pointer, links stay where they are, or a click would miss.
          if (box.matches(":hover")) continue;
          if (place < box.scrollTop || place > box.scrollTop + box.clientHeight - 60) box.scrollTop = place - 80;
        } else link.removeAttribute("aria-current");
      }
    }, { rootMargin: "-10% 0px -75% 0px" });
    for (const section of links.keys()) watch.observe(section);
  }

  // A link to a folded part opens it.
  function openTarget() {
    const target = document.querySelector("details:target");
    if (target) target.open = true;
  }

  async function start() {
    document.documentElement.classList.add("scripted");
    const narrow = matchMedia("(max-width: 62rem)");
    if (narrow.matches) find("contents").open = false;
    // On a phone, the open contents would cover the section that was chosen.
    find("contents").addEventListener("click", (event) => {
      if (narrow.matches && event.target.closest("a")) find("contents").open = false;
    });
    enableSaving();
    followReading();
    openTarget();
    window.addEventListener("hashchange", openTarget);
    document.addEventListener("toggle", markScrollers, true);
    window.addEventListener("resize", markScrollers);
    if (!("DecompressionStream" in window)) {
      if (find("shown")) find("shown").textContent = "This browser is too old to show the pairs; the rest of the page works.";
      return;
    }
    const DataTable = await load("datatables", "DataTable");
    enhanceAll = enhanceWhenNear(DataTable);
    markScrollers();
    document.querySelectorAll(".packed").forEach((box) => {
      box.querySelector("button").addEventListener("click", async () => {
        const table = document.createElement("table");
        const scroller = document.createElement("div");
        scroller.className = "wide";
        scroller.setAttribute("role", "group");
        scroller.setAttribute("aria-label", box.textContent.trim());
        scroller.append(table);
        box.replaceChildren(scroller);
        tableOf(DataTable, table, await columnsOf(box.dataset.source), {}, box.dataset.name, {});
        markScrollers();
      }, { once: true });
    });
    const specs = document.querySelectorAll(".chart");
    if (!specs.length && !find("benchmark")) return;
    const vegaEmbed = await load("vega", "vegaEmbed");
    for (const element of specs) {
      await chart(vegaEmbed, element, JSON.parse(find(element.dataset.spec).textContent));
    }
    if (find("benchmark")) await new Explorer(DataTable, vegaEmbed).open(find("benchmark").value);
    markScrollers();
  }

  window.endobench = { views, ready: start(), enhanceAll: () => enhanceAll() };
})();
