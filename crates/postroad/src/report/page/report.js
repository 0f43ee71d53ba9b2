// The map of the report: draws every zone on a canvas, from arrays in the page. No library.
(() => {
  "use strict";
  const data = JSON.parse(document.getElementById("map-data").textContent);
  if (!data.scenarios.length || !data.zips.length) return;

  // --- Arrays ---------------------------------------------------------------------------------
  const bytes = (text) => Uint8Array.from(atob(text), (c) => c.charCodeAt(0));
  const words = (text) => {
    const raw = bytes(text), view = new DataView(raw.buffer);
    return Uint16Array.from({ length: raw.length / 2 }, (_, i) => view.getUint16(2 * i, true));
  };
  const NONE = 65535;
  const place = (text) =>
    Float32Array.from(words(text), (v) => (v === NONE ? NaN : v / data.steps - data.shift));
  const x = place(data.x), y = place(data.y);
  const reach = Float32Array.from(bytes(data.reach), (v) => v / data.steps);
  const parcels = Float32Array.from(words(data.parcels), (v) => v * data.parcels_unit);
  const stateOf = bytes(data.state), classOf = bytes(data.class);
  const count = data.zips.length;
  const scenarios = data.scenarios.map((s) => {
    const service = bytes(s.service);
    return {
      ...s,
      channel: service.map((v) => (v === 255 ? 255 : v & 7)),
      days: service.map((v) => (v === 255 ? 255 : (v >> 3) & 7)),
      share: bytes(s.share),
      cents: words(s.cents),
      site: words(s.site),
    };
  });
  const land = new Path2D(data.land);

  // --- Colours: Okabe and Ito's, safe for the colour-blind; the same on light and dark ----------
  const CHANNEL = {
    own_van: ["Own vans", "#0072b2"],
    rural_hub: ["Rural hubs", "#009e73"],
    drone: ["Drones", "#cc79a7"],
    postal_unit: ["Post, at delivery unit", "#e69f00"],
    postal_centre: ["Post, at processing centre", "#d55e00"],
    third_party: ["Other carriers", "#4d4d4d", "#d0d0d0"],
  };
  const DAYS = [
    ["Same day", "#1b4f8a"], ["1 day", "#3f8fc4"], ["2 days", "#e8c468"], ["3 days or more", "#b5542a"],
  ];
  const COST = ["#dbe9c3", "#a3cfa0", "#5fb08f", "#2e8a8a", "#27628a", "#2c3a75"];
  const dark = matchMedia("(prefers-color-scheme: dark)");
  let onPaper = false;
  const isDark = () => dark.matches && !onPaper;
  const ink = () => (isDark()
    ? { blank: "#2b2f33", same: "#454b50", line: "#8b949b", mark: "#ffffff", halo: "#111417" }
    : { blank: "#eceae4", same: "#d3d0c7", line: "#8c8a84", mark: "#111111", halo: "#ffffff" });
  const rgb = (hex) => [1, 3, 5].map((i) => parseInt(hex.slice(i, i + 2), 16));

  // --- What is shown ----------------------------------------------------------------------------
  const show = { scenario: 0, theme: "who", fill: "land", stations: false, only: null, zone: -1 };
  const view = { k: 1, tx: 0, ty: 0 };
  const breaks = costBreaks();

  function costBreaks() {
    const cents = Array.from(scenarios[0].cents).filter((c) => c !== NONE).sort((a, b) => a - b);
    const at = (share) => cents[Math.floor(share * (cents.length - 1))] / 100 || 0;
    const round = (v) => Number(v.toPrecision(2));
    return [...new Set([0.1, 0.3, 0.5, 0.7, 0.9].map(at).map(round))];
  }

  // Each theme: categories with label and colour, and the category of a zone (−1: none).
  function theme(s) {
    const own = scenarios[s], first = scenarios[0];
    const channels = data.channels.map((name) => {
      const [label, light, night] = CHANNEL[name] || [name, "#999999"];
      return [label, isDark() && night ? night : light];
    });
    const none = (v) => (v === 255 ? -1 : v);
    switch (show.theme) {
      case "change":
        return {
          list: [...channels.map(([l, c]) => ["Now " + lower(l), c]), ["Unchanged", ink().same]],
          of: (i) => (own.channel[i] === 255 ? -1
            : own.channel[i] === first.channel[i] ? channels.length : own.channel[i]),
        };
      case "days":
        return { list: DAYS, of: (i) => (own.days[i] === 255 ? -1 : Math.min(own.days[i], 3)) };
      case "cost": {
        const text = (v) => "$" + (v < 10 ? v.toFixed(2) : String(v));
        const list = COST.slice(0, breaks.length + 1).map((colour, b) => [
          b === 0 ? "below " + text(breaks[0])
            : b === breaks.length ? "from " + text(breaks[b - 1])
              : text(breaks[b - 1]) + " to " + text(breaks[b]), colour]);
        return { list, of: (i) => (own.cents[i] === NONE ? -1 : bin(own.cents[i] / 100)) };
      }
      default:
        return { list: channels, of: (i) => none(own.channel[i]) };
    }
  }
  const bin = (usd) => {
    let b = 0;
    while (b < breaks.length && usd >= breaks[b]) b += 1;
    return b;
  };
  const lower = (text) => text[0].toLowerCase() + text.slice(1);

  // --- Which zone owns which pixel ----------------------------------------------------------------
  // Every zone fills the pixels within its reach that no other zone's centre is nearer to.
  function owners(width, height, scale, v, least) {
    const owner = new Int32Array(width * height).fill(-1);
    const nearest = new Float32Array(width * height).fill(Infinity);
    for (let i = 0; i < count; i += 1) {
      if (Number.isNaN(x[i])) continue;
      const cx = (x[i] * v.k + v.tx) * scale, cy = (y[i] * v.k + v.ty) * scale;
      const r = Math.max(reach[i] * v.k * scale, least);
      if (cx + r < 0 || cy + r < 0 || cx - r > width || cy - r > height) continue;
      const x1 = Math.min(width - 1, Math.floor(cx + r)), y1 = Math.min(height - 1, Math.floor(cy + r));
      for (let py = Math.max(0, Math.ceil(cy - r)); py <= y1; py += 1) {
        for (let px = Math.max(0, Math.ceil(cx - r)); px <= x1; px += 1) {
          const d = (px - cx) * (px - cx) + (py - cy) * (py - cy), p = py * width + px;
          if (d <= r * r && d < nearest[p]) { nearest[p] = d; owner[p] = i; }
        }
      }
    }
    return owner;
  }

  // --- Drawing ------------------------------------------------------------------------------------
  const canvas = document.getElementById("map");
  const layer = document.createElement("canvas");
  let grid = null;

  function drawOn(target, paint, s, v, owner, width, height, scale) {
    const context = target.getContext("2d");
    const colours = ink(), { list, of } = theme(s);
    context.setTransform(1, 0, 0, 1, 0, 0);
    context.clearRect(0, 0, width, height);
    const frame = () => context.setTransform(v.k * scale, 0, 0, v.k * scale, v.tx * scale, v.ty * scale);
    frame();
    context.fillStyle = colours.blank;
    context.fill(land);
    if (paint === "land") {
      layer.width = width;
      layer.height = height;
      const onLayer = layer.getContext("2d"), image = onLayer.createImageData(width, height);
      const category = new Int16Array(count);
      for (let i = 0; i < count; i += 1) category[i] = of(i);
      const shades = list.map(([, colour]) => rgb(colour));
      for (let p = 0; p < owner.length; p += 1) {
        if (owner[p] < 0) continue;
        const c = category[owner[p]];
        if (c < 0 || (show.only !== null && c !== show.only)) continue;
        const shade = shades[c];
        image.data[4 * p] = shade[0];
        image.data[4 * p + 1] = shade[1];
        image.data[4 * p + 2] = shade[2];
        image.data[4 * p + 3] = 255;
      }
      onLayer.putImageData(image, 0, 0);
      context.save();
      context.beginPath();
      const clip = new Path2D(land);
      if (data.inset) clip.rect(...data.inset);
      context.clip(clip);
      context.setTransform(1, 0, 0, 1, 0, 0);
      context.drawImage(layer, 0, 0);
      context.restore();
    } else {
      context.setTransform(1, 0, 0, 1, 0, 0);
      drawDots(context, v, scale, list, of);
    }
    frame();
    context.lineWidth = 0.6 / v.k;
    context.strokeStyle = colours.line;
    context.stroke(land);
    if (data.inset) context.strokeRect(...data.inset);
  }

  // Dots whose area is proportional to parcels, small ones last so that none is hidden.
  const bySize = Array.from({ length: count }, (_, i) => i).sort((a, b) => parcels[b] - parcels[a]);
  const totalParcels = parcels.reduce((a, b) => a + b, 0);
  function drawDots(context, v, scale, list, of) {
    // All dots together cover about a tenth of the frame.
    const unit = Math.sqrt((0.1 * data.width * data.height) / (Math.PI * totalParcels));
    for (const i of bySize) {
      const c = of(i);
      if (c < 0 || Number.isNaN(x[i]) || (show.only !== null && c !== show.only)) continue;
      const r = Math.max(0.5, unit * Math.sqrt(parcels[i]) * Math.sqrt(v.k) * scale);
      context.fillStyle = list[c][1];
      context.beginPath();
      context.arc((x[i] * v.k + v.tx) * scale, (y[i] * v.k + v.ty) * scale, r, 0, 2 * Math.PI);
      context.fill();
    }
  }

  // Kept: disc; new: triangle; closed: cross. Hubs are squares, pads are diamonds.
  function drawStations(context, s, v, scale) {
    const colours = ink(), size = Math.min(4, 2.1 * Math.sqrt(v.k)) * Math.max(scale, 0.8);
    for (const [, kind, change, sx, sy] of scenarios[s].stations) {
      const cx = (sx * v.k + v.tx) * scale, cy = (sy * v.k + v.ty) * scale;
      context.beginPath();
      markPath(context, kind, change, cx, cy, size);
      if (change === "closed") {
        context.lineWidth = size * 1.3;
        context.strokeStyle = colours.halo;
        context.stroke();
        context.lineWidth = size * 0.6;
        context.strokeStyle = "#c0143c";
        context.stroke();
      } else {
        context.lineWidth = size * 0.5;
        context.strokeStyle = change === "new" ? colours.mark : colours.halo;
        context.fillStyle = change === "new" ? colours.halo : colours.mark;
        context.stroke();
        context.fill();
      }
    }
  }
  function markPath(context, kind, change, cx, cy, r) {
    if (change === "closed") {
      context.moveTo(cx - r, cy - r); context.lineTo(cx + r, cy + r);
      context.moveTo(cx + r, cy - r); context.lineTo(cx - r, cy + r);
    } else if (kind === "hub") {
      context.rect(cx - r, cy - r, 2 * r, 2 * r);
    } else if (kind === "pad") {
      context.moveTo(cx, cy - 1.4 * r); context.lineTo(cx + 1.4 * r, cy);
      context.lineTo(cx, cy + 1.4 * r); context.lineTo(cx - 1.4 * r, cy); context.closePath();
    } else if (change === "new") {
      context.moveTo(cx, cy - 1.5 * r); context.lineTo(cx + 1.4 * r, cy + r);
      context.lineTo(cx - 1.4 * r, cy + r); context.closePath();
    } else {
      context.arc(cx, cy, r, 0, 2 * Math.PI);
    }
  }

  function draw() {
    if (!grid) return;
    const { width, height, scale, owner } = grid;
    drawOn(canvas, show.fill, show.scenario, view, owner, width, height, scale);
    const context = canvas.getContext("2d");
    context.setTransform(1, 0, 0, 1, 0, 0);
    if (show.stations) drawStations(context, show.scenario, view, scale);
    if (show.zone >= 0 && !Number.isNaN(x[show.zone])) {
      const cx = (x[show.zone] * view.k + view.tx) * scale, cy = (y[show.zone] * view.k + view.ty) * scale;
      const r = Math.max(7, reach[show.zone] * view.k) * scale;
      for (const [line, colour] of [[5, ink().halo], [2.2, ink().mark]]) {
        context.beginPath();
        context.arc(cx, cy, r, 0, 2 * Math.PI);
        context.lineWidth = line * scale;
        context.strokeStyle = colour;
        context.stroke();
      }
    }
  }

  function measure() {
    const box = canvas.getBoundingClientRect();
    if (!box.width) return;
    const width = Math.round(Math.min(1950, box.width * (devicePixelRatio || 1)));
    const height = Math.round((width * data.height) / data.width), scale = width / data.width;
    canvas.width = width;
    canvas.height = height;
    grid = { width, height, scale, owner: owners(width, height, scale, view, 0.7) };
  }
  function redraw() { measure(); draw(); legend(); }

  // --- Small maps, one for each scenario: the tabs ----------------------------------------------
  const tabs = document.getElementById("map-tabs");
  const SMALL = 440;
  const smallHeight = Math.round((SMALL * data.height) / data.width), smallScale = SMALL / data.width;
  const whole = { k: 1, tx: 0, ty: 0 };
  const smallOwner = owners(SMALL, smallHeight, smallScale, whole, 0.7);
  const buttons = scenarios.map((s, i) => {
    const button = document.createElement("button");
    button.type = "button";
    button.setAttribute("role", "tab");
    button.setAttribute("aria-controls", "map-panel");
    const small = document.createElement("canvas"), name = document.createElement("span");
    small.width = SMALL;
    small.height = smallHeight;
    small.setAttribute("aria-hidden", "true");
    name.textContent = s.title;
    button.append(name, small);
    button.addEventListener("click", () => select(i));
    button.addEventListener("keydown", (event) => {
      const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
      if (!step) return;
      event.preventDefault();
      select((i + step + scenarios.length) % scenarios.length);
      buttons[show.scenario].focus();
    });
    tabs.append(button);
    return button;
  });
  function drawSmall() {
    const only = show.only;
    show.only = null;
    buttons.forEach((button, i) =>
      drawOn(button.querySelector("canvas"), "land", i, whole, smallOwner, SMALL, smallHeight, smallScale));
    show.only = only;
  }
  function select(i) {
    show.scenario = i;
    buttons.forEach((button, j) => {
      button.setAttribute("aria-selected", String(i === j));
      button.tabIndex = i === j ? 0 : -1;
    });
    canvas.setAttribute("aria-label", `Map of the nation: ${scenarios[i].title}`);
    draw();
    legend();
    describe(show.zone);
  }

  // --- Legend: each entry can be shown alone ------------------------------------------------------
  const legendBox = document.getElementById("map-legend");
  function legend() {
    const { list, of } = theme(show.scenario);
    const zips = new Float64Array(list.length), volume = new Float64Array(list.length);
    for (let i = 0; i < count; i += 1) {
      const c = of(i);
      if (c >= 0) { zips[c] += 1; volume[c] += parcels[i]; }
    }
    legendBox.replaceChildren();
    list.forEach(([label, colour], c) => {
      if (!zips[c]) return;
      const button = document.createElement("button"), swatch = document.createElement("i");
      const text = document.createElement("span"), figures = document.createElement("small");
      button.type = "button";
      button.setAttribute("aria-pressed", String(show.only === c));
      swatch.style.background = colour;
      text.textContent = label;
      figures.textContent =
        `${zips[c].toLocaleString("en-US")} ZIPs · ${((100 * volume[c]) / totalParcels).toFixed(1)} % of parcels`;
      button.append(swatch, text, figures);
      button.addEventListener("click", () => {
        show.only = show.only === c ? null : c;
        draw();
        legend();
      });
      legendBox.append(button);
    });
    document.getElementById("station-legend").hidden = !show.stations;
  }

  // --- One zone: pointer, tap, or search ----------------------------------------------------------
  const tip = document.getElementById("map-tip"), read = document.getElementById("map-read");
  const usd = (cents) => (cents === NONE ? "–" : "$" + (cents / 100).toFixed(2));
  const dayWord = (d) => (d === 0 ? "same day" : d === 1 ? "1 day" : d + " days");
  function lines(i) {
    const volume = parcels[i] < 1 ? "less than 1" : Math.round(parcels[i]).toLocaleString("en-US");
    const head = `${data.zips[i]} ${data.states[stateOf[i]]}`;
    const rows = scenarios.map((s) => {
      if (s.channel[i] === 255) return [s.title, "no parcels"];
      const [label] = CHANNEL[data.channels[s.channel[i]]] || ["?"];
      const part = s.share[i] < 99 ? ` (${s.share[i]} %)` : "";
      const site = s.site[i] === NONE ? "" : ` from ${data.sites[s.site[i]]}`;
      return [s.title, `${label}${part}${site}, ${dayWord(s.days[i])}, ${usd(s.cents[i])} a parcel`];
    });
    const area = data.classes[classOf[i]].replaceAll("_", " ");
    return { head, sub: `${area}, ${volume} parcels a day`, rows };
  }
  function describe(i) {
    if (i < 0) return;
    const { head, sub, rows } = lines(i);
    read.replaceChildren();
    const title = document.createElement("strong"), list = document.createElement("dl");
    title.textContent = `ZIP ${head}`;
    rows.forEach(([name, text], s) => {
      const term = document.createElement("dt"), value = document.createElement("dd");
      term.textContent = name;
      value.textContent = text;
      if (s === show.scenario) term.className = value.className = "current";
      list.append(term, value);
    });
    read.append(title, ` ${sub}`, list);
  }
  function stationAt(px, py) {
    if (!show.stations) return null;
    let best = null, least = 64;
    for (const station of scenarios[show.scenario].stations) {
      const d = (station[3] * view.k + view.tx - px) ** 2 + (station[4] * view.k + view.ty - py) ** 2;
      if (d < least) { least = d; best = station; }
    }
    return best;
  }
  const KIND = { station: "Station", hub: "Rural hub", pad: "Drone pad" };
  function pointed(event) {
    const box = canvas.getBoundingClientRect();
    const px = ((event.clientX - box.left) / box.width) * data.width;
    const py = ((event.clientY - box.top) / box.height) * data.height;
    const gx = Math.floor(px * grid.scale), gy = Math.floor(py * grid.scale);
    const inside = gx >= 0 && gy >= 0 && gx < grid.width && gy < grid.height;
    return { px, py, zone: inside ? grid.owner[gy * grid.width + gx] : -1, box };
  }
  function hover(event) {
    if (!grid) return;
    const { px, py, zone, box } = pointed(event), station = stationAt(px, py);
    if (zone < 0 && !station) { tip.hidden = true; return; }
    const text = [];
    if (station) {
      const [id, kind, change, , , load, capacity] = station;
      const room = capacity ? ` of ${capacity.toLocaleString("en-US")}` : "";
      text.push(`${KIND[kind]} ${id}, ${change}` +
        (change === "closed" ? "" : `: ${load.toLocaleString("en-US")}${room} parcels a day`));
    }
    if (zone >= 0) {
      const { head, sub, rows } = lines(zone);
      text.push(`ZIP ${head}: ${sub}`, rows[show.scenario][1]);
    }
    tip.replaceChildren(...text.map((line) => {
      const row = document.createElement("span");
      row.textContent = line;
      return row;
    }));
    tip.hidden = false;
    const left = event.clientX - box.left, top = event.clientY - box.top;
    tip.style.left = `${Math.max(0, Math.min(left + 14, box.width - tip.offsetWidth - 4))}px`;
    tip.style.top = `${top + 18 + tip.offsetHeight > box.height ? top - tip.offsetHeight - 10 : top + 18}px`;
  }
  function pick(i) {
    show.zone = i;
    describe(i);
    draw();
  }

  // --- Zoom and pan -------------------------------------------------------------------------------
  function zoom(factor, px = data.width / 2, py = data.height / 2) {
    const k = Math.min(40, Math.max(1, view.k * factor));
    view.tx = px - ((px - view.tx) * k) / view.k;
    view.ty = py - ((py - view.ty) * k) / view.k;
    view.k = k;
    settle();
  }
  function settle() {
    view.tx = Math.min(0, Math.max(view.tx, data.width * (1 - view.k)));
    view.ty = Math.min(0, Math.max(view.ty, data.height * (1 - view.k)));
    canvas.classList.toggle("zoomed", view.k > 1);
    requestAnimationFrame(() => { measure(); draw(); });
  }
  let drag = null;
  canvas.addEventListener("pointerdown", (event) => {
    drag = { x: event.clientX, y: event.clientY, moved: false };
    if (view.k > 1) canvas.setPointerCapture(event.pointerId);
  });
  canvas.addEventListener("pointermove", (event) => {
    if (drag && event.buttons && view.k > 1) {
      const unit = data.width / canvas.getBoundingClientRect().width;
      const dx = event.clientX - drag.x, dy = event.clientY - drag.y;
      if (drag.moved || Math.abs(dx) + Math.abs(dy) > 4) {
        view.tx += dx * unit;
        view.ty += dy * unit;
        drag = { x: event.clientX, y: event.clientY, moved: true };
        tip.hidden = true;
        settle();
      }
    } else {
      hover(event);
    }
  });
  canvas.addEventListener("pointerup", (event) => {
    if (drag && !drag.moved && grid) {
      const { zone } = pointed(event);
      if (zone >= 0) pick(zone);
    }
    drag = null;
  });
  canvas.addEventListener("pointerleave", () => { tip.hidden = true; });
  canvas.addEventListener("wheel", (event) => {
    if (!event.ctrlKey && view.k === 1) return;
    event.preventDefault();
    const { px, py } = pointed(event);
    zoom(Math.exp(-event.deltaY / 300), px, py);
  }, { passive: false });
  canvas.addEventListener("dblclick", (event) => {
    const { px, py } = pointed(event);
    zoom(2, px, py);
  });
  canvas.addEventListener("keydown", (event) => {
    const step = { ArrowLeft: [60, 0], ArrowRight: [-60, 0], ArrowUp: [0, 60], ArrowDown: [0, -60] }[event.key];
    if (step && view.k > 1) { view.tx += step[0]; view.ty += step[1]; settle(); }
    else if (event.key === "+" || event.key === "=") zoom(1.5);
    else if (event.key === "-") zoom(1 / 1.5);
    else if (event.key === "0" || event.key === "Escape") zoom(0);
    else return;
    event.preventDefault();
  });
  for (const button of document.querySelectorAll("[data-zoom]")) {
    button.addEventListener("click", () => zoom(Number(button.dataset.zoom)));
  }

  // --- Controls -----------------------------------------------------------------------------------
  for (const input of document.querySelectorAll("input[name=theme]")) {
    input.addEventListener("change", () => {
      show.theme = input.value;
      show.only = null;
      if (show.theme === "change" && show.scenario === 0 && scenarios.length > 1) select(scenarios.length - 1);
      draw(); drawSmall(); legend();
    });
  }
  for (const input of document.querySelectorAll("input[name=fill]")) {
    input.addEventListener("change", () => { show.fill = input.value; draw(); });
  }
  document.getElementById("show-stations").addEventListener("change", (event) => {
    show.stations = event.target.checked;
    draw();
    legend();
  });
  document.getElementById("find-zip").addEventListener("submit", (event) => {
    event.preventDefault();
    const wanted = new FormData(event.target).get("zip").trim();
    const i = data.zips.indexOf(wanted);
    if (i < 0) { read.textContent = `No zone has the code ${wanted}.`; return; }
    pick(i);
  });

  let waiting = 0;
  addEventListener("resize", () => {
    clearTimeout(waiting);
    waiting = setTimeout(redraw, 150);
  });
  dark.addEventListener("change", () => { redraw(); drawSmall(); });
  addEventListener("beforeprint", () => { onPaper = true; draw(); drawSmall(); legend(); });
  addEventListener("afterprint", () => { onPaper = false; draw(); drawSmall(); legend(); });

  document.getElementById("map-app").hidden = false;
  measure();
  select(0);
  drawSmall();
})();
