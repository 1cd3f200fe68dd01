// Draws one frame of a two-sided market and lets sliders pick another. No library, no network, no kernel.
// Everything is built with createElement and textContent: labels can hold any character and stay text.
function networkExplorer(id, data) {
  "use strict";
  const SVG = "http://www.w3.org/2000/svg";
  const STYLES = {
    world: ["in the world", {stroke: "currentColor", "stroke-width": 1.4, opacity: 0.5}],
    worldTraded: ["in the world, traded", {stroke: "currentColor", "stroke-width": 5}],
    introduced: ["introduced", {stroke: "#d55e00", "stroke-width": 2, "stroke-dasharray": "6 4"}],
    introducedTraded: ["introduced, traded", {stroke: "#d55e00", "stroke-width": 5}],
  };
  const [n, m] = data.shape;
  const ROW = 54, WIDTH = 520, TOP = 28, LEFT = 130, RIGHT = WIDTH - LEFT, RADIUS = 17;
  const HEIGHT = TOP + ROW * Math.max(n, m);

  const make = (parent, tag, text, attributes = {}, space = null) => {
    const node = space ? document.createElementNS(space, tag) : document.createElement(tag);
    for (const [key, value] of Object.entries(attributes)) node.setAttribute(key, value);
    if (text !== null) node.textContent = text;
    parent.append(node);
    return node;
  };
  const draw = (parent, tag, attributes, text = null) => make(parent, tag, text, attributes, SVG);
  const bit = (hex, k) => (parseInt(hex[k >> 2], 16) >> (3 - (k & 3))) & 1;
  const show = (value) => (typeof value === "number" ? value.toFixed(data.digits) : value);
  // the shorter side spreads half way to the longer one, as in the printed picture
  const height = (index, count) => {
    const tall = Math.max(n, m), gap = (ROW * (1 + tall / count)) / 2;
    return TOP + (ROW * tall) / 2 + gap * (index - (count - 1) / 2);
  };

  function drawEdges(svg, [world, introduced, traded]) {
    const layers = {world: [], introduced: [], worldTraded: [], introducedTraded: []};
    for (let k = 0; k < n * m; k++) {
      if (!bit(world, k) && !bit(introduced, k)) continue;
      layers[(bit(world, k) ? "world" : "introduced") + (bit(traded, k) ? "Traded" : "")].push(k);
    }
    for (const [kind, pairs] of Object.entries(layers)) {
      for (const k of pairs) {
        const y1 = height(Math.floor(k / m), n), y2 = height(k % m, m);
        const ends = {x1: LEFT + RADIUS, y1, x2: RIGHT - RADIUS, y2};
        draw(svg, "line", {...ends, ...STYLES[kind][1], "data-kind": kind});
      }
    }
    return layers;
  }

  function drawNodes(svg, prices, utilities) {
    const text = (x, y, content, anchor, more = {}) =>
      draw(svg, "text", {x, y: y + 5, "text-anchor": anchor, fill: "currentColor", ...more}, content);
    const outline = {fill: "none", stroke: "currentColor", "stroke-width": 1.8};
    text(LEFT, 16, "buyers", "middle", {"font-weight": "bold"});
    text(RIGHT, 16, "sellers", "middle", {"font-weight": "bold"});
    for (let i = 0; i < n; i++) {
      const y = height(i, n);
      draw(svg, "circle", {cx: LEFT, cy: y, r: RADIUS, ...outline});
      text(LEFT, y, "b" + (i + 1), "middle");
      if (utilities) text(LEFT - RADIUS - 8, y, "u = " + show(utilities[i]), "end");
    }
    for (let j = 0; j < m; j++) {
      const y = height(j, m);
      draw(svg, "rect", {x: RIGHT - RADIUS, y: y - RADIUS, width: 2 * RADIUS, height: 2 * RADIUS, ...outline});
      text(RIGHT, y, "s" + (j + 1), "middle");
      if (prices) text(RIGHT + RADIUS + 8, y, "p = " + show(prices[j]), "start");
    }
  }

  function describe(layers) {
    const pair = (k) => `b${Math.floor(k / m) + 1}-s${(k % m) + 1}`;
    const list = (pairs) => (pairs.length ? pairs.map(pair).join(", ") : "none");
    const introduced = [...layers.introduced, ...layers.introducedTraded];
    return `Network of ${n} buyers and ${m} sellers. Trades between pairs of the world: ` +
      `${list(layers.worldTraded)}. Introduced: ${list(introduced)}; of these trade: ` +
      `${list(layers.introducedTraded)}. Other pairs of the world: ${layers.world.length}.`;
  }

  function drawLegend(parent) {
    const legend = make(parent, "div", null, {class: "ne-legend", "aria-hidden": "true"});
    for (const [label, style] of Object.values(STYLES)) {
      const entry = make(legend, "span", null);
      const line = draw(entry, "svg", {viewBox: "0 0 34 10", width: 34, height: 10});
      draw(line, "line", {x1: 2, y1: 5, x2: 32, y2: 5, ...style});
      make(entry, "span", label);
    }
  }

  function addControl(parent, slider, start, update) {
    const label = make(parent, "label", null, {class: "ne-control"});
    make(label, "span", slider.name);
    if (slider.select) {
      const select = make(label, "select", null, {"aria-label": slider.name});
      slider.values.forEach((value, index) => make(select, "option", value, {value: index}));
      select.value = start;
      select.addEventListener("change", update);
      return () => Number(select.value);
    }
    const row = make(label, "span", null, {class: "ne-range"});
    const most = slider.values.length - 1;
    const range = make(row, "input", null, {type: "range", min: 0, max: most, step: 1, "aria-label": slider.name});
    const shown = make(row, "output", "");
    range.value = start;
    const name = () => {
      shown.textContent = slider.values[range.value];
      range.setAttribute("aria-valuetext", slider.values[range.value]);
    };
    range.addEventListener("input", () => { name(); update(); });
    name();
    return () => Number(range.value);
  }

  function start(root) {
    root.dataset.ready = "yes";
    root.replaceChildren();
    make(root, "p", data.title, {class: "ne-title"});
    const controls = make(root, "div", null, {class: "ne-controls"});
    const stage = make(root, "div", null, {class: "ne-stage"});
    const left = make(stage, "div", null, {class: "ne-picture"});
    const svg = draw(left, "svg", {viewBox: `0 0 ${WIDTH} ${HEIGHT}`, role: "img", "font-size": 15});
    drawLegend(left);
    const readouts = make(stage, "dl", null, {class: "ne-readouts", "aria-live": "polite"});
    const update = () => {
      const index = positions.reduce((sum, position, s) => sum * data.sliders[s].values.length + position(), 0);
      const [world, introduced, traded, prices, utilities, numbers] = data.frames[index];
      svg.replaceChildren();
      svg.setAttribute("aria-label", describe(drawEdges(svg, [world, introduced, traded])));
      drawNodes(svg, prices, utilities);
      readouts.replaceChildren();
      data.readouts.forEach((name, k) => { make(readouts, "dt", name); make(readouts, "dd", show(numbers[k])); });
    };
    const positions = data.sliders.map((slider, s) => addControl(controls, slider, data.start[s], update));
    update();
  }

  document.querySelectorAll(`[data-network-explorer="${id}"]:not([data-ready])`).forEach(start);
}
