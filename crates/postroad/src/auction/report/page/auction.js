// The map of lots: draws every place on a canvas, from the data in the page. No library.
(() => {
  "use strict";
  const data = JSON.parse(document.getElementById("auction-data").textContent);
  const canvas = document.getElementById("map"), context = canvas.getContext("2d");
  const tip = document.getElementById("map-tip"), legend = document.getElementById("map-legend");
  document.getElementById("map-app").hidden = false;
  const [X, Y, WINNER, SOLD, PRICE, RESERVE, BIDDERS, PARCELS, WHY, KIND] = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9];
  const RAMP = ["#d8e6ef", "#a6cbe0", "#6ba9cd", "#3584b5", "#0f5f94", "#073b61"];

  // --- Themes: a class for each place, and a colour and words for each class ----------------------
  let colours = [], soft = "", rule = "";
  const colour = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
  function readColours() {
    colours = ["--s1", "--s6", "--s3", "--s5", "--s7", "--s2", "--s4"].map(colour);
    [soft, rule] = [colour("--s8"), colour("--rule")];
  }
  const quantiles = (column) => {
    const sorted = data.places.map((p) => p[column]).sort((a, b) => a - b);
    const at = (share) => sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))];
    return [...new Set([1, 2, 3, 4, 5].map((i) => at(i / 6)))];
  };
  const ramp = (column, edges, words) => ({
    of: (p) => edges.filter((edge) => p[column] >= edge).length,
    colour: (k) => RAMP[k + RAMP.length - 1 - edges.length],
    words: (k) => k === 0 ? `below ${words(edges[0])}` : k === edges.length ? `${words(edges[k - 1])} and more` : `${words(edges[k - 1])} to ${words(edges[k])}`,
    classes: edges.length + 1,
  });
  const dollars = (cents) => `$${(cents / 100).toFixed(2)}`;
  const themes = {
    winner: {
      of: (p) => p[WINNER] < 0 ? data.winners.length : p[WINNER],
      colour: (k) => k < data.winners.length - 1 ? colours[k] : k === data.winners.length - 1 ? soft : rule,
      words: (k) => data.winners[k] ?? "nobody",
      classes: data.winners.length + 1,
    },
    kind: {
      of: (p) => p[KIND] < 0 ? data.kinds.length : p[KIND],
      colour: (k) => k < data.kinds.length ? colours[k] : rule,
      words: (k) => data.kinds[k] || "nobody",
      classes: data.kinds.length + 1,
    },
    sold: ramp(SOLD, [1, 250, 500, 750, 1000], (v) => v === 1 ? "anything" : `${v / 10} %`),
    price: ramp(PRICE, quantiles(PRICE), dollars),
    bidders: ramp(BIDDERS, quantiles(BIDDERS), String),
    why: {
      of: (p) => p[WHY],
      colour: (k) => [rule, colours[1], colours[4], colours[5], colours[3], colours[2], colours[0]][k],
      words: (k) => data.reasons[k],
      classes: data.reasons.length,
    },
  };
  let theme = data.kinds.length ? themes.kind : themes.winner;
  const first = document.querySelector("input[value=kind]");
  if (data.kinds.length) first.checked = true;
  else first.parentElement.remove();

  // --- Drawing ------------------------------------------------------------------------------------
  let scale = 1, ratio = 1;
  function draw() {
    const width = canvas.getBoundingClientRect().width;
    if (!width) return;
    ratio = Math.min(devicePixelRatio || 1, 2);
    scale = (width * ratio) / data.width / data.steps;
    canvas.width = Math.round(width * ratio);
    canvas.height = Math.round((width * ratio * data.height) / data.width);
    context.fillStyle = colour("--panel");
    context.strokeStyle = rule;
    context.lineWidth = ratio * 0.7;
    context.beginPath();
    for (const ring of data.outline) {
      ring.forEach(([x, y], i) => (i ? context.lineTo(x * scale, y * scale) : context.moveTo(x * scale, y * scale)));
      context.closePath();
    }
    context.fill();
    context.stroke();
    const dense = Math.max(0.8, Math.min(3, 260 / Math.sqrt(data.places.length))) * (width * ratio) / 975;
    for (const place of data.places) {
      context.fillStyle = theme.colour(theme.of(place));
      const r = dense * Math.min(2.2, Math.max(0.6, Math.sqrt(place[PARCELS] / 500)));
      context.beginPath();
      context.arc(place[X] * scale, place[Y] * scale, r, 0, 2 * Math.PI);
      context.fill();
    }
  }
  function drawLegend() {
    const counts = new Array(theme.classes).fill(0);
    for (const place of data.places) counts[theme.of(place)] += 1;
    legend.replaceChildren();
    counts.forEach((count, k) => {
      if (!count) return;
      const line = document.createElement("p"), mark = document.createElement("i");
      const words = document.createElement("span");
      mark.style.background = theme.colour(k);
      words.textContent = `${theme.words(k)}: ${count.toLocaleString("en-US")} places`;
      line.append(mark, words);
      legend.append(line);
    });
  }

  // --- Pointing -----------------------------------------------------------------------------------
  canvas.addEventListener("pointermove", (event) => {
    const box = canvas.getBoundingClientRect();
    const x = ((event.clientX - box.left) * ratio) / scale, y = ((event.clientY - box.top) * ratio) / scale;
    let best = -1, least = (10 * ratio / scale) ** 2;
    data.places.forEach((place, i) => {
      const distance = (place[X] - x) ** 2 + (place[Y] - y) ** 2;
      if (distance < least) [best, least] = [i, distance];
    });
    tip.hidden = best < 0;
    if (best < 0) return;
    const place = data.places[best];
    const lines = [
      data.names[best],
      `${place[PARCELS].toLocaleString("en-US")} parcels a day, ${place[SOLD] / 10} % awarded`,
      `${themes.winner.words(themes.winner.of(place))} wins most; ${place[BIDDERS]} bidders`,
      `${dollars(place[PRICE])} a parcel, reserve ${dollars(place[RESERVE])}`,
      data.reasons[place[WHY]],
    ];
    tip.replaceChildren(...lines.map((line) => Object.assign(document.createElement("span"), { textContent: line })));
    tip.style.left = `${Math.min(event.clientX - box.left + 14, box.width - 190)}px`;
    tip.style.top = `${event.clientY - box.top + 14}px`;
  });
  canvas.addEventListener("pointerleave", () => { tip.hidden = true; });
  document.querySelectorAll("input[name=theme]").forEach((input) => input.addEventListener("change", () => {
    theme = themes[input.value];
    draw();
    drawLegend();
  }));
  const again = () => { readColours(); draw(); drawLegend(); };
  addEventListener("resize", draw);
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", again);
  again();
})();
