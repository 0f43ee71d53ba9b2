// The map of routes: draws every route on a canvas, from the data in the page. No library.
(() => {
  "use strict";
  const data = JSON.parse(document.getElementById("route-data").textContent);
  const canvas = document.getElementById("map"), context = canvas.getContext("2d");
  const tip = document.getElementById("map-tip"), read = document.getElementById("map-read");
  const stems = document.getElementById("stems");
  const rows = [...document.querySelectorAll("tr[data-route]")];
  document.getElementById("map-app").hidden = false;

  // --- Places: all stops in two arrays, so that the nearest to the pointer is found by a look at
  // each of them.
  const KIND = { stop: 0, depot: 1, rest: 2 };
  const places = [];
  data.routes.forEach((route, r) => {
    let position = 0;
    route.events.forEach(([kind, name, time, at]) => {
      if (kind !== KIND.stop) return;
      position += 1;
      if (at) places.push({ r, position, name, time, x: at[0], y: at[1] });
    });
  });
  data.unassigned.forEach(([name, at, reason]) => {
    if (at) places.push({ r: -1, name, reason, x: at[0], y: at[1] });
  });
  const xs = Float64Array.from(places, (p) => p.x), ys = Float64Array.from(places, (p) => p.y);

  // --- View: frame steps times k plus shift gives pixels of the screen -----------------------------
  const MARGIN = 22;
  let width = 1, height = 1, ratio = 1, fit = { k: 1, x: 0, y: 0 }, view = null, chosen = -1, hovered = -1;
  function measure() {
    const box = canvas.getBoundingClientRect();
    if (!box.width) return;
    ratio = Math.min(devicePixelRatio || 1, 2);
    width = box.width;
    height = box.height;
    canvas.width = Math.round(width * ratio);
    canvas.height = Math.round(height * ratio);
    const k = Math.min((width - 2 * MARGIN) / Math.max(data.width, 1), (height - 2 * MARGIN) / Math.max(data.height, 1));
    const was = fit;
    fit = { k, x: (width - k * data.width) / 2, y: (height - k * data.height) / 2 };
    if (!view || view.k === was.k) view = { ...fit };
  }
  const sx = (x) => x * view.k + view.x, sy = (y) => y * view.k + view.y;

  // --- Drawing ------------------------------------------------------------------------------------
  let colours = [], ink = "", paper = "", bad = "", soft = "";
  function readColours() {
    const style = getComputedStyle(document.documentElement), of = (name) => style.getPropertyValue(name).trim();
    colours = Array.from({ length: 9 }, (_, i) => of(`--c${i}`));
    [ink, paper, bad, soft] = ["--ink", "--paper", "--bad", "--soft"].map(of);
  }
  function way(route, withStems) {
    context.beginPath();
    let pen = false;
    for (const [kind, , , at] of route.events) {
      if (kind === KIND.rest || !at || (kind === KIND.depot && !withStems)) continue;
      if (pen) context.lineTo(sx(at[0]), sy(at[1]));
      else context.moveTo(sx(at[0]), sy(at[1]));
      pen = true;
    }
  }
  function dots(route, size) {
    for (const [kind, , , at] of route.events) {
      if (kind !== KIND.stop || !at) continue;
      const x = sx(at[0]), y = sy(at[1]);
      if (x < -9 || y < -9 || x > width + 9 || y > height + 9) continue;
      if (size < 1.6) { context.fillRect(x - size, y - size, 2 * size, 2 * size); continue; }
      context.beginPath();
      context.arc(x, y, size, 0, 2 * Math.PI);
      context.fill();
    }
  }
  const dotSize = () => Math.max(0.9, Math.min(3.6, 60 / Math.sqrt(places.length + 1) * Math.sqrt(view.k / fit.k)));
  function drawRoute(route, strong) {
    context.strokeStyle = context.fillStyle = colours[route.colour];
    context.lineJoin = "round";
    way(route, strong || stems.checked);
    if (strong) {
      context.save();
      context.strokeStyle = paper;
      context.lineWidth = 6;
      context.stroke();
      context.restore();
    }
    context.lineWidth = strong ? 2.6 : Math.max(0.7, dotSize() * 0.45);
    context.stroke();
    dots(route, strong ? Math.max(2.6, dotSize()) : dotSize());
  }
  function draw() {
    if (!view) return;
    context.setTransform(ratio, 0, 0, ratio, 0, 0);
    context.clearRect(0, 0, width, height);
    context.globalAlpha = chosen >= 0 ? 0.22 : 1;
    data.routes.forEach((route, r) => { if (r !== chosen && r !== hovered) drawRoute(route, false); });
    context.globalAlpha = 1;
    drawMissed();
    if (hovered >= 0 && hovered !== chosen) drawRoute(data.routes[hovered], true);
    if (chosen >= 0) { drawRoute(data.routes[chosen], true); drawPositions(data.routes[chosen]); }
    drawDepots();
    drawScale();
  }
  function drawMissed() {
    context.strokeStyle = bad;
    context.lineWidth = 2;
    for (const p of places) {
      if (p.r >= 0) continue;
      const x = sx(p.x), y = sy(p.y);
      context.beginPath();
      context.moveTo(x - 4, y - 4); context.lineTo(x + 4, y + 4);
      context.moveTo(x + 4, y - 4); context.lineTo(x - 4, y + 4);
      context.stroke();
    }
  }
  function drawDepots() {
    for (const [, at] of data.depots) {
      context.fillStyle = ink;
      context.strokeStyle = paper;
      context.lineWidth = 2;
      context.beginPath();
      context.rect(sx(at[0]) - 5, sy(at[1]) - 5, 10, 10);
      context.fill();
      context.stroke();
    }
  }
  // Positions along the chosen route, where there is room for them.
  function drawPositions(route) {
    context.font = "11px sans-serif";
    context.textAlign = "center";
    context.lineWidth = 3;
    context.strokeStyle = paper;
    context.fillStyle = ink;
    const used = new Set();
    let position = 0;
    for (const [kind, , , at] of route.events) {
      if (kind !== KIND.stop) continue;
      position += 1;
      if (!at) continue;
      const x = sx(at[0]), y = sy(at[1]) - 7, cell = `${Math.round(x / 22)} ${Math.round(y / 14)}`;
      if (used.has(cell)) continue;
      used.add(cell);
      context.strokeText(position, x, y);
      context.fillText(position, x, y);
    }
  }
  function drawScale() {
    if (!data.steps_per_km) return;
    const pixels = data.steps_per_km * view.k, most = Math.min(160, width / 3) / pixels;
    const power = 10 ** Math.floor(Math.log10(most));
    const km = [5, 2, 1].map((m) => m * power).find((m) => m <= most) || power;
    const x = 12, y = height - 12;
    context.fillStyle = context.strokeStyle = soft;
    context.lineWidth = 1.5;
    context.beginPath();
    context.moveTo(x, y - 5); context.lineTo(x, y); context.lineTo(x + km * pixels, y); context.lineTo(x + km * pixels, y - 5);
    context.stroke();
    context.font = "12px sans-serif";
    context.textAlign = "left";
    context.fillText(km < 1 ? `${Math.round(km * 1000)} m` : `${km} km`, x + 5, y - 6);
  }
  let asked = false;
  function redraw() {
    if (asked) return;
    asked = true;
    requestAnimationFrame(() => { asked = false; draw(); });
  }

  // --- What is under the pointer ---------------------------------------------------------------------
  function nearest(px, py, reach) {
    const x = (px - view.x) / view.k, y = (py - view.y) / view.k;
    let best = -1, least = (reach / view.k) ** 2;
    for (let i = 0; i < xs.length; i += 1) {
      const d = (xs[i] - x) ** 2 + (ys[i] - y) ** 2;
      if (d < least && (chosen < 0 || places[i].r === chosen || d < least / 4)) { least = d; best = i; }
    }
    return best;
  }
  function pointed(event) {
    const box = canvas.getBoundingClientRect();
    return [event.clientX - box.left, event.clientY - box.top];
  }
  function show(px, py, i) {
    const place = places[i], lines = [];
    if (place.r < 0) lines.push(place.name, `Left out: ${place.reason}`);
    else {
      const route = data.routes[place.r];
      lines.push(`Route ${place.r + 1}, ${route.name}`, route.figures, `${place.position}. ${place.name}, ${place.time}`);
    }
    tip.replaceChildren(...lines.map((line) => {
      const row = document.createElement("span");
      row.textContent = line;
      return row;
    }));
    tip.hidden = false;
    tip.style.left = `${Math.max(0, Math.min(px + 14, width - tip.offsetWidth - 4))}px`;
    tip.style.top = `${py + 18 + tip.offsetHeight > height ? Math.max(0, py - tip.offsetHeight - 10) : py + 18}px`;
  }
  function hover(event) {
    const [px, py] = pointed(event), i = nearest(px, py, 14);
    const r = i < 0 ? -1 : places[i].r;
    if (i < 0) tip.hidden = true; else show(px, py, i);
    if (r !== hovered) { hovered = r; redraw(); }
  }

  // --- One route -----------------------------------------------------------------------------------
  function element(name, text) {
    const made = document.createElement(name);
    made.textContent = text;
    return made;
  }
  function choose(r) {
    chosen = r;
    rows.forEach((row, i) => row.classList.toggle("chosen", i === r));
    read.replaceChildren();
    if (r < 0) read.textContent = "Choose a route on the map or in the table.";
    else describe(data.routes[r], r);
    redraw();
  }
  function describe(route, r) {
    const list = document.createElement("ol"), all = element("button", "Show all routes");
    let position = 0;
    for (const [kind, name, time] of route.events) {
      const line = document.createElement("li");
      const text = kind === KIND.rest ? "Break" : name;
      line.append(element("span", kind === KIND.stop ? (position += 1) : ""), element("span", time), element("span", text));
      list.append(line);
    }
    all.type = "button";
    all.addEventListener("click", () => choose(-1));
    const head = document.createElement("p");
    head.append(element("strong", `Route ${r + 1}, ${route.name}`), document.createElement("br"), route.figures, " ", all);
    read.append(head, list);
  }
  rows.forEach((row, i) => row.addEventListener("click", () => {
    choose(chosen === i ? -1 : i);
    if (chosen >= 0) canvas.scrollIntoView({ block: "nearest" });
  }));

  // --- Zoom and pan ---------------------------------------------------------------------------------
  function zoom(factor, px = width / 2, py = height / 2) {
    const k = factor === 0 ? fit.k : Math.min(400 * fit.k, Math.max(fit.k, view.k * factor));
    if (k === fit.k) view = { ...fit };
    else view = { k, x: px - ((px - view.x) * k) / view.k, y: py - ((py - view.y) * k) / view.k };
    canvas.classList.toggle("zoomed", k > fit.k);
    tip.hidden = true;
    redraw();
  }
  const pointers = new Map();
  let moved = false;
  canvas.addEventListener("pointerdown", (event) => {
    pointers.set(event.pointerId, pointed(event));
    if (pointers.size === 1) moved = false;
    if (view.k > fit.k || pointers.size > 1) canvas.setPointerCapture(event.pointerId);
  });
  canvas.addEventListener("pointermove", (event) => {
    const before = pointers.get(event.pointerId);
    if (!before) { hover(event); return; }
    const now = pointed(event), others = [...pointers].filter(([id]) => id !== event.pointerId);
    if (others.length) {
      const [ox, oy] = others[0][1], apart = (p) => Math.hypot(p[0] - ox, p[1] - oy);
      moved = true;
      zoom(apart(now) / Math.max(apart(before), 1), (now[0] + ox) / 2, (now[1] + oy) / 2);
    } else if (view.k > fit.k && (moved || Math.hypot(now[0] - before[0], now[1] - before[1]) > 4)) {
      moved = true;
      view.x += now[0] - before[0];
      view.y += now[1] - before[1];
      tip.hidden = true;
      redraw();
    } else return;
    pointers.set(event.pointerId, now);
  });
  const release = (event) => { pointers.delete(event.pointerId); };
  canvas.addEventListener("pointerup", (event) => {
    if (!moved && pointers.size === 1) {
      const [px, py] = pointed(event), i = nearest(px, py, 18);
      choose(i < 0 ? -1 : places[i].r);
      if (i >= 0) show(px, py, i);
    }
    release(event);
  });
  canvas.addEventListener("pointercancel", release);
  canvas.addEventListener("pointerleave", () => { tip.hidden = true; if (hovered >= 0) { hovered = -1; redraw(); } });
  canvas.addEventListener("wheel", (event) => {
    if (!event.ctrlKey && view.k === fit.k) return;
    event.preventDefault();
    zoom(Math.exp(-event.deltaY / 300), ...pointed(event));
  }, { passive: false });
  canvas.addEventListener("dblclick", (event) => zoom(2, ...pointed(event)));
  canvas.addEventListener("keydown", (event) => {
    const step = { ArrowLeft: [60, 0], ArrowRight: [-60, 0], ArrowUp: [0, 60], ArrowDown: [0, -60] }[event.key];
    if (step && view.k > fit.k) { view.x += step[0]; view.y += step[1]; redraw(); }
    else if (event.key === "+" || event.key === "=") zoom(1.6);
    else if (event.key === "-") zoom(0.625);
    else if (event.key === "0") zoom(0);
    else if (event.key === "Escape") choose(-1);
    else return;
    event.preventDefault();
  });
  for (const button of document.querySelectorAll("[data-zoom]")) {
    button.addEventListener("click", () => zoom(Number(button.dataset.zoom)));
  }
  stems.addEventListener("change", redraw);
  new ResizeObserver(() => { measure(); draw(); }).observe(canvas);
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => { readColours(); redraw(); });

  stems.checked = data.routes.length <= 12;
  readColours();
  measure();
  const asked_route = Number(new URLSearchParams(location.hash.slice(1)).get("route"));
  choose(asked_route >= 1 && asked_route <= data.routes.length ? asked_route - 1 : -1);
})();
