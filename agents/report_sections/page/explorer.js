// All designs of a run: every pair of objectives, filters, and each design to be read.
const FRONT = "#D55E00", FEW = 1200, MOST_ROWS = 300, MOST_AXES = 10;

function made(tag, attributes, ...children) {
  const node = document.createElement(tag);
  for (const [key, value] of Object.entries(attributes || {})) {
    if (key === "class") { node.className = value; } else { node[key] = value; }
  }
  node.append(...children.filter((child) => child !== null));
  return node;
}

// A name that may go on in the next line after a dot or underscore; it is copied as it is.
function broken(name) { return name.split(/(?<=[._])/).flatMap((part) => [part, made("wbr")]); }

function told(value) {
  if (value === null || value === undefined) { return "not measured"; }
  return typeof value === "number" ? String(Number(value.toPrecision(5))) : String(value);
}

function safe(words) {
  return String(words).replace(/&/g, "&amp;").replace(/</g, "&lt;").replace(/>/g, "&gt;");
}

function labelled(column) { return column.unit ? `${column.label} (${column.unit})` : column.label; }

function spansDecades(values) {
  const known = values.filter((value) => value !== null).slice(0, 50000);
  const low = Math.min(...known);
  return known.length > 1 && low > 0 && Math.max(...known) > 10 * low;
}

class Explorer {
  constructor(place, data) {
    this.place = place;
    this.data = data;
    this.isFront = new Uint8Array(data.n);
    for (const i of data.front) { this.isFront[i] = 1; }
    this.objectives = data.columns.filter((column) => column.better && column.key !== "reward");
    this.column = new Map(data.columns.map((column) => [column.key, column]));
    this.decision = new Map(data.decisions.map((decision) => [decision.name, decision]));
    const [first, second] = this.objectives;
    this.x = (second || this.column.get("number")).key;
    this.y = first.key;
    this.color = "front";
    this.only = false;
    this.refused = false;
    this.log = new Set(data.columns.filter((one) => one.better === "less" && spansDecades(one.values)).map((one) => one.key));
    this.wanted = new Map();   // decision -> codes that are shown
    this.ranges = new Map();   // column or decision -> [[low, high], ...]
    this.pinned = data.chosen.length ? data.chosen[0].index : (data.front[0] ?? 0);
    this.sorted = { key: "reward", down: true };
    this.group = this.defaultGroup();
  }

  // ---- what is shown

  defaultGroup() {
    const sizes = new Map();
    for (const one of this.data.decisions) {
      const group = one.name.split(".")[0];
      if (one.choices.length <= 30) { sizes.set(group, (sizes.get(group) || 0) + 1); }
    }
    const named = ["chip", "network", ...sizes.keys()].find((group) => (sizes.get(group) || 0) > 0);
    return named || "";
  }

  valuesOf(key) {
    const column = this.column.get(key);
    return column ? column.values : this.decision.get(key).codes;
  }

  passes(i) {
    if (this.data.reasons[this.data.reason[i]] !== null && !this.refused) { return false; }
    if (this.only && !this.isFront[i]) { return false; }
    for (const [name, codes] of this.wanted) {
      if (!codes.has(this.decision.get(name).codes[i])) { return false; }
    }
    return true;
  }

  inRanges(i) {
    for (const [key, spans] of this.ranges) {
      const value = this.valuesOf(key)[i];
      if (value === null || !spans.some(([low, high]) => value >= low && value <= high)) { return false; }
    }
    return true;
  }

  refilter() {
    this.passing = [];
    this.shown = [];
    for (let i = 0; i < this.data.n; i += 1) {
      if (!this.passes(i)) { continue; }
      this.passing.push(i);
      if (this.inRanges(i)) { this.shown.push(i); }
    }
  }

  // ---- the frame

  async draw() {
    this.scatter = made("div", { class: "picture scatter" });
    this.scatter.style.height = "520px";
    this.details = made("div", { class: "design" });
    this.pairs = made("div", { class: "picture pairs" });
    this.lines = made("div", { class: "picture lines" });
    this.lines.style.height = "430px";
    this.rows = made("div", { class: "designs" });
    this.count = made("span", { class: "count" });
    this.chips = made("div", { class: "chips-all" });
    this.place.append(
      this.controls(), this.chips,
      made("div", { class: "front" }, this.scatter, this.details),
      made("h3", {}, "Every pair of objectives"), this.pairs,
      made("h3", {}, "Parallel coordinates"), this.axesControl(), this.lines,
      made("h3", {}, "Designs that pass the filters"), this.rows,
    );
    this.refilter();
    this.tell(this.pinned);
    await this.drawScatter();
    for (const place of [this.scatter]) { this.listen(place); }
    await this.drawPairs();
    this.listen(this.pairs);
    await this.drawLines();
    this.fillRows();
  }

  select(options, value, change, label) {
    const box = made("select", {}, ...options.map(([key, words]) => made("option", { value: key }, words)));
    box.value = value;
    box.addEventListener("change", () => change(box.value));
    return made("label", {}, label, box);
  }

  check(label, value, change) {
    const box = made("input", { type: "checkbox", checked: value });
    box.addEventListener("change", () => change(box.checked));
    return made("label", {}, box, label);
  }

  controls() {
    const columns = this.data.columns.map((one) => [one.key, labelled(one)]);
    const colors = [["front", "Pareto front"], ...columns, ...this.data.decisions.filter((one) => one.choices.length <= 30).map((one) => [one.name, one.name])];
    const names = this.data.decisions.filter((one) => one.choices.length > 1 && one.choices.length <= 60);
    const filter = this.select([["", "a decision ..."], ...names.map((one) => [one.name, one.name])], "", (name) => {
      if (name && !this.wanted.has(name)) { this.wanted.set(name, new Set(this.decision.get(name).choices.keys())); this.drawChips(); }
      filter.querySelector("select").value = "";
    }, "filter by");
    filter.classList.add("filter");
    const hasRefused = this.data.reasons.some((reason) => reason !== null);
    const reset = made("button", { type: "button" }, "clear filters");
    reset.addEventListener("click", () => this.reset());
    const save = made("button", { type: "button" }, "save as CSV");
    save.addEventListener("click", () => this.save());
    this.boxes = made("div", { class: "controls" },
      this.select(columns, this.x, (key) => { this.x = key; this.drawScatter(); }, "across"),
      this.select(columns, this.y, (key) => { this.y = key; this.drawScatter(); }, "up"),
      this.select(colors, this.color, (key) => { this.color = key; this.drawScatter(); this.drawLines(); }, "colour"),
      this.check("front only", this.only, (on) => { this.only = on; this.refresh(); }),
      hasRefused ? this.check("infeasible too", this.refused, (on) => { this.refused = on; this.refresh(); }) : null,
      filter, reset, save, this.count,
    );
    return this.boxes;
  }

  axesControl() {
    const groups = [...new Set(this.data.decisions.filter((one) => one.choices.length <= 60).map((one) => one.name.split(".")[0]))];
    return made("div", { class: "controls" }, this.select(
      [["", "none"], ...groups.map((group) => [group, group])], this.group,
      (group) => { this.group = group; this.ranges.clear(); this.refresh(); }, "decisions beside the objectives: those of"));
  }

  drawChips() {
    this.chips.replaceChildren(...[...this.wanted].map(([name, codes]) => {
      const row = made("div", { class: "chips" }, `${name}:`);
      this.decision.get(name).choices.forEach((choice, code) => {
        const chip = made("button", { type: "button", class: codes.has(code) ? "on" : "" }, choice);
        chip.addEventListener("click", () => {
          if (codes.has(code)) { codes.delete(code); } else { codes.add(code); }
          chip.classList.toggle("on");
          this.refresh();
        });
        row.append(chip);
      });
      const away = made("button", { type: "button", title: "remove this filter" }, "×");
      away.addEventListener("click", () => { this.wanted.delete(name); this.drawChips(); this.refresh(); });
      row.append(away);
      return row;
    }));
  }

  reset() {
    this.wanted.clear();
    this.ranges.clear();
    this.only = this.refused = false;
    for (const box of this.boxes.querySelectorAll("input")) { box.checked = false; }
    this.drawChips();
    this.refresh();
  }

  async refresh() {
    this.refilter();
    await this.drawScatter();
    await this.drawPairs();
    await this.drawLines();
    this.fillRows();
  }

  // ---- pictures

  points(indices, x, y, more) {
    return merged({
      type: "scatter", mode: "markers", x: indices.map((i) => x.values[i]), y: indices.map((i) => y.values[i]),
      customdata: indices.map((i) => [i, i + 1]), hovertemplate: `#%{customdata[1]}<br>${safe(labelled(x))}: %{x}<br>${safe(labelled(y))}: %{y}<extra></extra>`,
    }, more);
  }

  drawScatter() {
    const x = this.column.get(this.x), y = this.column.get(this.y);
    this.count.textContent = `${this.shown.length.toLocaleString("en")} of ${this.data.n.toLocaleString("en")} designs`;
    const traces = this.color === "front" ? this.byFront(x, y) : this.byColor(x, y);
    const step = this.staircase(x, y);
    if (step) { traces.splice(1, 0, step); }
    traces.push(this.ring(x, y));
    const layout = styled({
      xaxis: { title: { text: safe(labelled(x)) }, ...this.scaleOf(x) },
      yaxis: { title: { text: safe(labelled(y)) }, ...this.scaleOf(y) },
      margin: { t: 50 }, uirevision: `${this.x} ${this.y}`,
    });
    return Plotly.react(this.scatter, traces, layout, CONFIG);
  }

  scaleOf(column) { return this.log.has(column.key) ? logTicks(column.values) : { type: "linear", tickvals: null }; }

  byFront(x, y) {
    const refused = (i) => this.data.reasons[this.data.reason[i]] !== null;
    const front = this.shown.filter((i) => this.isFront[i]);
    const others = this.shown.filter((i) => !this.isFront[i] && !refused(i));
    const bad = this.shown.filter(refused);
    const found = [this.points(others, x, y, { name: "dominated", marker: { color: DATA.others, size: 6, opacity: 0.75 } })];
    if (bad.length) { found.push(this.points(bad, x, y, { name: "infeasible", marker: { color: "#6A6A6A", symbol: "x-thin", size: 6, line: { width: 1, color: "#6A6A6A" } } })); }
    found.push(this.points(front, x, y, { name: "Pareto front", marker: { color: FRONT, size: 9, line: { color: "#fff", width: 1 } } }));
    return found;
  }

  byColor(x, y) {
    const decision = this.decision.get(this.color);
    if (decision && decision.choices.length <= DATA.palette.length) {
      return decision.choices.map((choice, code) => this.points(
        this.shown.filter((i) => decision.codes[i] === code), x, y,
        { name: safe(choice), marker: { color: DATA.palette[code], size: 7, opacity: 0.85 } }));
    }
    const column = this.column.get(this.color);
    const values = this.shown.map((i) => this.valuesOf(this.color)[i]);
    const bar = { title: { text: safe(column ? labelled(column) : this.color), side: "right" }, thickness: 12 };
    if (decision) { Object.assign(bar, { tickvals: [...decision.choices.keys()], ticktext: decision.choices.map(safe) }); }
    return [this.points(this.shown, x, y, { name: "designs", showlegend: false, marker: { color: values, colorscale: DATA.scale, size: 7, colorbar: bar } })];
  }

  // The front of this pair alone, among what is shown.
  staircase(x, y) {
    if (!x.better || !y.better) { return null; }
    const sign = (column) => (column.better === "less" ? 1 : -1);
    const feasible = this.shown.filter((i) => this.data.reasons[this.data.reason[i]] === null);
    const order = feasible.sort((i, j) => sign(x) * (x.values[i] - x.values[j]) || sign(y) * (y.values[i] - y.values[j]));
    const best = [];
    for (const i of order) {
      if (!best.length || sign(y) * y.values[i] < sign(y) * y.values[best[best.length - 1]]) { best.push(i); }
    }
    return { type: "scatter", mode: "lines", name: "front of these two", x: best.map((i) => x.values[i]), y: best.map((i) => y.values[i]),
             line: { shape: "hv", color: FRONT, width: 1.4, dash: "dot" }, hoverinfo: "skip" };
  }

  ring(x, y) {
    return { type: "scatter", mode: "markers", name: "kept design", x: [x.values[this.pinned]], y: [y.values[this.pinned]], hoverinfo: "skip",
             marker: { size: 17, color: "rgba(0,0,0,0)", line: { color: RING, width: 2 }, symbol: "circle" } };
  }

  sampled(indices) {
    if (indices.length <= FEW) { return indices; }
    const every = indices.length / FEW;
    return Array.from({ length: FEW }, (_, n) => indices[Math.floor(n * every)]);
  }

  drawPairs() {
    const pairs = [];
    this.objectives.forEach((y, i) => this.objectives.slice(i + 1).forEach((x) => pairs.push([x, y])));
    const across = Math.min(3, pairs.length), down = Math.ceil(pairs.length / 3);
    this.pairs.style.height = `${Math.max(1, down) * 255 + 30}px`;
    const front = this.shown.filter((i) => this.isFront[i]);
    const others = this.sampled(this.shown.filter((i) => !this.isFront[i]));
    const layout = styled({ showlegend: false, margin: { t: 16 } });
    const traces = pairs.flatMap(([x, y], n) => this.pair(x, y, n, others, front, layout, across, down));
    return Plotly.react(this.pairs, traces, layout, CONFIG);
  }

  pair(x, y, n, others, front, layout, across, down) {
    const end = n ? String(n + 1) : "", column = n % across, row = Math.floor(n / across);
    const wide = (1 - 0.07 * (across - 1)) / across, high = (1 - 0.26 / down * (down - 1)) / down;
    const axis = (one, domain, anchor) => styledAxis({ title: { text: safe(labelled(one)), font: { size: 11.5 } }, domain, anchor, tickfont: { size: 10.5 }, ...this.scaleOf(one) });
    const [left, top] = [column * (wide + 0.07), 1 - row * (high + 0.26 / down)];
    layout[`xaxis${end}`] = axis(x, [left, Math.min(1, left + wide)], `y${end}`);
    layout[`yaxis${end}`] = axis(y, [Math.max(0, top - high), top], `x${end}`);
    const on = { xaxis: `x${end}`, yaxis: `y${end}` };
    return [
      this.points(others, x, y, { ...on, marker: { color: DATA.others, size: 4, opacity: 0.7 } }),
      this.points(front, x, y, { ...on, marker: { color: FRONT, size: 6 } }),
      { ...this.ring(x, y), ...on, marker: { ...this.ring(x, y).marker, size: 13 } },
    ];
  }

  axes() {
    const decisions = this.data.decisions.filter((one) => this.group && one.name.split(".")[0] === this.group && one.choices.length <= 60);
    return [
      ...decisions.slice(0, MOST_AXES).map((one) => ({
        key: one.name, label: safe(one.name.includes(".") ? one.name.slice(this.group.length + 1) : one.name), values: one.codes,
        more: { tickvals: [...one.choices.keys()], ticktext: one.choices.map((choice) => safe(choice.length > 20 ? `${choice.slice(0, 19)}…` : choice)), range: [0, Math.max(1, one.choices.length - 1)] },
      })),
      ...this.objectives.map((one) => ({ key: one.key, label: safe(labelled(one)), values: one.values, more: {} })),
      { key: "reward", label: "reward", values: this.column.get("reward").values, more: {} },
    ];
  }

  drawLines() {
    const axes = this.axes();
    const whole = this.passing.filter((i) => axes.every((one) => one.values[i] !== null));
    const isColumn = this.color !== "front" && this.column.has(this.color) || this.decision.has(this.color);
    const colors = isColumn ? whole.map((i) => this.valuesOf(this.color)[i]) : whole.map((i) => this.isFront[i]);
    const dimensions = axes.map((one) => {
      const spans = this.ranges.get(one.key);
      return { label: one.label, values: whole.map((i) => one.values[i]), ...one.more, ...(spans ? { constraintrange: spans.length === 1 ? spans[0] : spans } : {}) };
    });
    const line = isColumn ? { color: colors, colorscale: DATA.scale, showscale: true, colorbar: { thickness: 12 } }
      : { color: colors, cmin: 0, cmax: 1, colorscale: [[0, "#9FB3C4"], [1, FRONT]] };
    const trace = { type: "parcoords", dimensions, line, labelfont: { size: 12, color: INK }, tickfont: { size: 10.5, color: INK }, rangefont: { size: 10, color: "#5b6876" }, labelangle: -12, unselected: { line: { color: "#d5dbe0", opacity: 0.15 } } };
    const longest = Math.max(0, ...(axes[0].more.ticktext || []).map((words) => words.length));
    const layout = styled({ margin: { l: Math.max(60, 6.2 * longest + 14), r: 60, t: 75, b: 28 } });
    const drawing = Plotly.react(this.lines, [trace], layout, CONFIG);
    if (!this.lines.dataset.heard) {
      this.lines.dataset.heard = "yes";
      drawing.then(() => this.lines.on("plotly_restyle", () => this.brushed()));
    }
    return drawing;
  }

  brushed() {
    this.ranges.clear();
    const keys = this.axes().map((one) => one.key);
    this.lines.data[0].dimensions.forEach((one, i) => {
      const found = one.constraintrange;
      if (found && found.length) { this.ranges.set(keys[i], Array.isArray(found[0]) ? found : [found]); }
    });
    this.refilter();
    this.drawScatter();
    this.drawPairs();
    this.fillRows();
  }

  // ---- one design

  listen(place) {
    place.on("plotly_hover", (event) => { const data = event.points[0].customdata; if (data) { this.tell(data[0]); } });
    place.on("plotly_unhover", () => this.tell(this.pinned));
    place.on("plotly_click", (event) => { const data = event.points[0].customdata; if (data) { this.pin(data[0]); } });
  }

  pin(i) {
    this.pinned = i;
    this.tell(i);
    this.drawScatter();
    this.drawPairs();
    for (const row of this.rows.querySelectorAll("tbody tr")) { row.classList.toggle("pinned", Number(row.dataset.index) === i); }
  }

  tell(i) {
    const reason = this.data.reasons[this.data.reason[i]];
    const tags = this.data.chosen.filter((one) => one.index === i).map((one) => made("span", { class: "tag" }, one.label.replace(/ \(#\d+\)$/, "")));
    if (this.isFront[i]) { tags.push(made("span", { class: "tag" }, "Pareto front")); }
    if (reason !== null) { tags.push(made("span", { class: "tag bad" }, `infeasible: ${reason}`)); }
    const row = (name, value) => made("tr", {}, made("td", {}, ...broken(name)), made("td", {}, value));
    const metrics = this.data.columns.filter((one) => one.key !== "number" && one.values[i] !== null)
      .map((one) => row(one.label, `${told(one.values[i])} ${one.unit}`.trim()));
    const choices = this.data.decisions.map((one) => row(one.name, one.choices[one.codes[i]]));
    this.details.replaceChildren(
      made("h3", {}, `Design #${i + 1}${i === this.pinned ? " (kept)" : ""}`), made("div", {}, ...tags),
      made("table", {}, made("tbody", {}, ...metrics)), made("h3", {}, "choices"), made("table", {}, made("tbody", {}, ...choices)));
    this.details.dataset.index = String(i);
  }

  fillRows() {
    const columns = [this.column.get("number"), this.column.get("reward"), ...this.objectives];
    const by = this.column.get(this.sorted.key).values, sign = this.sorted.down ? -1 : 1;
    const order = [...this.shown].sort((i, j) => sign * ((by[i] ?? -Infinity) - (by[j] ?? -Infinity)));
    const heads = columns.map((one) => {
      const mark = one.key === this.sorted.key ? (this.sorted.down ? " ▾" : " ▴") : "";
      const button = made("button", { type: "button" }, labelled(one) + mark);
      button.addEventListener("click", () => { this.sorted = { key: one.key, down: one.key === this.sorted.key ? !this.sorted.down : one.better === "more" }; this.fillRows(); });
      return made("th", { class: "number" }, button);
    });
    const rows = order.slice(0, MOST_ROWS).map((i) => {
      const row = made("tr", { class: i === this.pinned ? "pinned" : "" }, ...columns.map((one) => made("td", { class: "number" }, told(one.values[i]))),
        made("td", {}, this.isFront[i] ? "front" : ""));
      row.dataset.index = String(i);
      row.addEventListener("click", () => this.pin(i));
      return row;
    });
    const more = order.length > MOST_ROWS ? made("p", {}, `... and ${order.length - MOST_ROWS} more; save as CSV has all`) : null;
    this.rows.replaceChildren(made("table", {}, made("thead", {}, made("tr", {}, ...heads, made("th", {}, ""))), made("tbody", {}, ...rows)), ...(more ? [more] : []));
  }

  save() {
    const quoted = (value) => { const words = value === null ? "" : String(value); return /[",\n]/.test(words) ? `"${words.replace(/"/g, '""')}"` : words; };
    const head = [...this.data.columns.map(labelled), ...this.data.decisions.map((one) => one.name), "infeasible"];
    const lines = this.shown.map((i) => [...this.data.columns.map((one) => one.values[i]), ...this.data.decisions.map((one) => one.choices[one.codes[i]]), this.data.reasons[this.data.reason[i]]]);
    const csv = [head, ...lines].map((line) => line.map(quoted).join(",")).join("\n");
    const link = made("a", { href: URL.createObjectURL(new Blob([csv], { type: "text/csv" })), download: "designs.csv" });
    link.click();
    URL.revokeObjectURL(link.href);
  }
}
