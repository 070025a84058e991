"use strict";
// Draws the pictures that Python has described, each leaf when it is first shown.
const DATA = JSON.parse(document.getElementById("data").textContent);
const INK = "#1d2733", GRID = "#e6ebef", RING = "#000000";
const CONFIG = {
  displaylogo: false, responsive: true,
  showSendToCloud: false, plotlyServerURL: "",   // nothing of a run ever leaves the page
  modeBarButtonsToRemove: ["select2d", "lasso2d", "autoScale2d"],
};
const FONT = { family: "system-ui, 'Segoe UI', Roboto, 'Helvetica Neue', Arial, sans-serif", size: 12.5, color: INK };

function isObject(value) { return value !== null && typeof value === "object" && !Array.isArray(value); }

function merged(base, more) {
  const found = { ...base };
  for (const [key, value] of Object.entries(more || {})) {
    found[key] = isObject(value) && isObject(found[key]) ? merged(found[key], value) : value;
  }
  return found;
}

function styledAxis(axis) {
  return merged({ gridcolor: GRID, linecolor: "#b9c3cc", zerolinecolor: "#d0d8df", automargin: true,
                  ticks: "outside", ticklen: 4, tickcolor: "#b9c3cc", title: { standoff: 8 } }, axis);
}

function styled(layout, traces = []) {
  const hasLegend = layout.showlegend !== false && traces.filter((one) => one.name && one.showlegend !== false).length > 1 && !(layout.legend && layout.legend.y <= 1);
  const found = merged({
    font: FONT, paper_bgcolor: "#fff", plot_bgcolor: "#fff", colorway: DATA.palette,
    margin: { l: 58, r: 18, t: hasLegend ? 70 : 46, b: 50 }, hovermode: "closest",
    title: { x: 0.01, xanchor: "left", y: 1, yref: "container", yanchor: "top", pad: { t: 10 }, font: { size: 14.5, weight: 600 } },
    legend: { orientation: "h", y: 1.01, yanchor: "bottom", x: 0, xanchor: "left" },
    hoverlabel: { bgcolor: "#fff", bordercolor: "#9aa7b3", font: FONT, align: "left" },
    xaxis: {}, yaxis: {},
  }, layout);
  for (const key of Object.keys(found)) {
    if (!/^[xy]axis\d*$/.test(key)) { continue; }
    const isBare = found[key].type === "log" && !found[key].tickvals;
    const ticks = isBare ? logTicks(traces.flatMap((one) => one[key[0]] ?? [])) : {};
    found[key] = styledAxis({ ...found[key], ...ticks });
  }
  return found;
}

// Ticks of a logarithmic axis as whole numbers: 1, 2, 5, 10, 20 ...
function logTicks(values) {
  const known = values.filter((value) => value > 0);
  const low = Math.min(...known), high = Math.max(...known);
  const steps = high / low < 6 ? [1, 1.5, 2, 3, 4, 5, 6, 7, 8, 9] : high / low > 3000 ? [1] : [1, 2, 5];
  const found = [];
  for (let power = Math.floor(Math.log10(low)) - 1; power <= Math.ceil(Math.log10(high)); power += 1) {
    for (const step of steps) { found.push(Number((step * 10 ** power).toPrecision(3))); }
  }
  return { type: "log", tickvals: found, ticktext: found.map((value) => (value >= 1e5 || value < 1e-3 ? value.toExponential(0) : value.toLocaleString("en", { maximumFractionDigits: 6 }))) };
}

function drawPicture(place) {
  if (place.dataset.drawn) { return Promise.resolve(); }
  place.dataset.drawn = "yes";
  const picture = DATA.pictures[place.dataset.picture];
  return Plotly.newPlot(place, picture.traces, styled(picture.layout, picture.traces), picture.small ? { ...CONFIG, displayModeBar: false } : CONFIG);
}

function isShown(place) { return place.offsetParent !== null; }

// One after the other, with pauses, so that the page stays quick to the touch.
async function drawLeaf(leaf) {
  const explorer = leaf.querySelector(".explorer");
  if (explorer && !explorer.dataset.drawn) {
    explorer.dataset.drawn = "yes";
    await new Explorer(explorer, DATA.designs[leaf.id]).draw();
  }
  for (const place of leaf.querySelectorAll("[data-picture]")) {
    if (!isShown(place)) { continue; }
    await drawPicture(place);
    await new Promise((done) => setTimeout(done, 0));
  }
  document.body.dataset.drawn = leaf.id;
}

function showLeaf(id) {
  for (const leaf of document.querySelectorAll(".leaf")) { leaf.hidden = leaf.id !== id; }
  for (const tab of document.querySelectorAll("nav.tabs button")) {
    tab.setAttribute("aria-pressed", String(tab.dataset.leaf === id));
  }
  return drawLeaf(document.getElementById(id));
}

document.addEventListener("DOMContentLoaded", () => {
  for (const tab of document.querySelectorAll("nav.tabs button")) {
    tab.addEventListener("click", () => showLeaf(tab.dataset.leaf));
  }
  for (const fold of document.querySelectorAll("details")) {
    fold.addEventListener("toggle", () => {
      if (fold.open) { for (const place of fold.querySelectorAll("[data-picture]")) { drawPicture(place); } }
    });
  }
  const asked = document.getElementById(location.hash.slice(1));
  const leaf = asked && asked.closest(".leaf");
  showLeaf(leaf ? leaf.id : "leaf0");
});
