// Turns a frame into nodes, edges and texts, draws them, and lets sliders pick another. No library, network or kernel.
// Everything is built with createElement and textContent: labels can hold any character and stay text.
function networkExplorer(id, data) {
  "use strict";
  const SVG = "http://www.w3.org/2000/svg";
  const SHAPES = {  // outlines of radius 1, alike in size to the eye
    o: "M-1 0A1 1 0 1 1 1 0A1 1 0 1 1-1 0Z",
    s: "M-.92-.92H.92V.92H-.92Z",
    D: "M0-1.3L1.3 0L0 1.3L-1.3 0Z",
    "^": "M0-1.3L1.3 1H-1.3Z",
    v: "M0 1.3L1.3-1H-1.3Z",
  };

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

  // A picture: {size, legend, read}; read(frame) gives {nodes, edges, texts, words, numbers}.
  function market([n, m]) {
    const ROW = 54, WIDTH = 520, TOP = 28, LEFT = 130, RIGHT = WIDTH - LEFT, RADIUS = 17, tall = Math.max(n, m);
    const STYLES = {
      world: ["in the world", {stroke: "currentColor", "stroke-width": 1.4, opacity: 0.5}],
      worldTraded: ["in the world, traded", {stroke: "currentColor", "stroke-width": 5}],
      introduced: ["introduced", {stroke: "#d55e00", "stroke-width": 2, "stroke-dasharray": "6 4"}],
      introducedTraded: ["introduced, traded", {stroke: "#d55e00", "stroke-width": 5}],
    };
    // the shorter side spreads half way to the longer one, as in the printed picture
    const side = (x, count, shape, letter) => Array.from({length: count}, (_, i) => {
      const y = TOP + (ROW * tall) / 2 + ((ROW * (1 + tall / count)) / 2) * (i - (count - 1) / 2);
      return {x, y, shape, r: RADIUS, name: letter + (i + 1)};
    });
    const buyers = side(LEFT, n, "o", "b"), sellers = side(RIGHT, m, "s", "s");
    const heads = [[buyers[0], "buyers"], [sellers[0], "sellers"]];

    function read([world, introduced, traded, prices, utilities, numbers]) {
      const layers = {world: [], introduced: [], worldTraded: [], introducedTraded: []};
      for (let k = 0; k < n * m; k++) {
        if (!bit(world, k) && !bit(introduced, k)) continue;
        const kind = (bit(world, k) ? "world" : "introduced") + (bit(traded, k) ? "Traded" : "");
        layers[kind].push({from: buyers[Math.floor(k / m)], to: sellers[k % m], kind, style: STYLES[kind][1]});
      }
      const texts = heads.map(([{x}, text]) => ({x, y: 16, text, "font-weight": "bold"}));
      const beside = (nodes, values, symbol, sign, anchor) => (values || []).forEach((value, i) => texts.push(
        {x: nodes[i].x + sign * (RADIUS + 8), y: nodes[i].y, text: `${symbol} = ${show(value)}`, anchor}));
      beside(buyers, utilities, "u", -1, "end");
      beside(sellers, prices, "p", 1, "start");
      const added = [...layers.introduced, ...layers.introducedTraded];
      const words = `Network of ${n} buyers and ${m} sellers. Trades between pairs of the world: ` +
        `${pairs(layers.worldTraded)}. Introduced: ${pairs(added)}; of these trade: ` +
        `${pairs(layers.introducedTraded)}. Other pairs of the world: ${layers.world.length}.`;
      return {nodes: [...buyers, ...sellers], edges: Object.values(layers).flat(), texts, words, numbers};
    }

    return {size: [WIDTH, TOP + ROW * tall], font: 15, read, legend: Object.values(STYLES)};
  }

  function city({size, agents, arrows, pool, layout, idle}) {
    const style = ([, , , colour, width, dashed]) => ({
      stroke: colour || "currentColor", "stroke-width": 1.3 * width, ...(dashed && {"stroke-dasharray": "7 4"}),
    });
    const kinds = agents.map(([name, shape, colour]) => [name, {shape, colour}]);
    if (idle) kinds.push(["idle", {shape: "o", colour: "currentColor", pale: true}]);
    const legend = [...kinds, ...arrows.map((group) => [group[0], style(group)])];

    const lines = (values, symbols, i) => symbols.map((symbol, k) => {
      const value = values[k] === null ? "" : values[k][i];
      return typeof value === "number" && symbol ? `${symbol} = ${show(value)}` : show(value);
    }).filter((text) => text !== "").flatMap((text) => text.split("\n"));

    function read(frame) {
      const parts = frame.map((k) => pool[k]), texts = [];
      const noted = arrows.map(() => [parts.shift(), parts.shift()]);
      const groups = agents.map(([name, shape, colour]) => {
        const values = parts.shift(), places = parts.shift(), pale = new Set(parts.shift());
        return {values, members: Array.from({length: places.length / 2}, (_, i) => ({
          x: size[0] / 2 + places[2 * i], y: size[1] / 2 - places[2 * i + 1],
          shape, colour, r: layout.radius, name: name[0] + (i + 1), pale: pale.has(i),
        }))};
      });
      const [places, numbers] = parts;
      const edges = arrows.map((group, k) => {
        const [values, ends] = noted[k], [kind, source, target] = group;
        return {values, members: Array.from({length: ends.length / 2}, (_, i) => ({
          from: groups[source].members[ends[2 * i]], to: groups[target].members[ends[2 * i + 1]],
          kind, style: style(group), directed: true,
        }))};
      });
      let next = 0;
      [[edges, arrows], [groups, agents]].forEach(([all, named]) => all.forEach(({values, members}, k) => {
        members.forEach((member, i) => {
          const notes = lines(values, named[k][named[k].length - 1], i), place = Number(places[next++]);
          if (!notes.length) return;
          const [x, y] = centre(member, notes, place);
          member.note = notes.join(", ");
          notes.forEach((text, row) => texts.push(
            {x, y: y + (row - (notes.length - 1) / 2) * layout.line * layout.font, text}));
        });
      }));
      const nodes = groups.flatMap(({members}) => members), named = (list) => list.join(", ") || "none";
      const words = `Map of ${named(agents.map(([name], k) => `${groups[k].members.length} ${name}`))}. ` +
        arrows.map(([name], k) => `${name}: ${pairs(edges[k].members)}. `).join("") +
        `Idle: ${named(nodes.filter(({pale}) => pale).map(({name}) => name))}. ` +
        nodes.filter(({note}) => note).map(({name, note}) => `${name}: ${note}.`).join(" ");
      nodes.sort((a, b) => b.pale - a.pale);  // the idle below the others
      return {nodes, edges: edges.flatMap(({members}) => members), texts, words, numbers};
    }

    return {size, font: layout.font, read, legend};
  }

  // the places of common/plots/note_places.py, here with heights that grow downwards
  function centre(owner, notes, place) {
    const {radius, font, gap, letter, line, directions, along} = data.layout;
    const wide = (letter * font * Math.max(...notes.map((text) => text.length))) / 2;
    const high = (line * font * notes.length) / 2;
    if (!owner.from) {
      const [dx, dy] = directions[place], reach = radius + gap;
      return [owner.x + dx * reach + Math.sign(dx) * wide, owner.y - dy * reach - Math.sign(dy) * high];
    }
    const {from, to} = owner, [dx, dy] = unit(owner), share = along[place >> 1];
    const away = (place & 1 ? -1 : 1) * (gap + Math.abs(dy) * wide + Math.abs(dx) * high);
    return [from.x + share * (to.x - from.x) + dy * away, from.y + share * (to.y - from.y) - dx * away];
  }

  const note = (edge) => `${edge.from.name}-${edge.to.name}` + (edge.note ? ` (${edge.note})` : "");
  const pairs = (edges) => edges.map(note).join(", ") || "none";
  const unit = ({from, to}) => {
    const length = Math.hypot(to.x - from.x, to.y - from.y) || 1;
    return [(to.x - from.x) / length, (to.y - from.y) / length];
  };

  function drawEdge(svg, edge) {
    const {from, to, style, kind, directed} = edge, [dx, dy] = unit(edge), head = directed ? 8 : 0;
    const [start, end] = [from.r, to.r + head];
    const ends = {x1: from.x + start * dx, y1: from.y + start * dy, x2: to.x - end * dx, y2: to.y - end * dy};
    if (Math.hypot(to.x - from.x, to.y - from.y) > start + end) draw(svg, "line", {...ends, ...style, "data-kind": kind});
    if (!directed) return;
    const turn = `translate(${to.x - to.r * dx} ${to.y - to.r * dy}) rotate(${(Math.atan2(dy, dx) * 180) / Math.PI})`;
    draw(svg, "path", {d: "M0 0L-10 5V-5Z", transform: turn, fill: style.stroke});
  }

  function drawShape(svg, {x, y, shape, r, colour, pale}) {
    const outline = {d: SHAPES[shape], transform: `translate(${x} ${y}) scale(${r})`, "vector-effect": "non-scaling-stroke"};
    draw(svg, "path", {...outline, class: "ne-paper"});
    const tint = colour && !pale ? 0.2 : 0, stroke = colour || "currentColor";
    draw(svg, "path", {...outline, stroke, "stroke-width": 1.8, fill: stroke, "fill-opacity": tint, opacity: pale ? 0.45 : 1});
  }

  const drawText = (svg, {x, y, text, anchor = "middle", ...more}) =>
    draw(svg, "text", {x, y: y + 5, "text-anchor": anchor, fill: "currentColor", ...more}, text);

  function drawLegend(parent, entries) {
    const legend = make(parent, "div", null, {class: "ne-legend", "aria-hidden": "true"});
    for (const [label, style] of entries) {
      const entry = make(legend, "span", null);
      const icon = draw(entry, "svg", {viewBox: "0 0 34 18", width: 34, height: 18});
      if (style.shape) drawShape(icon, {x: 17, y: 9, r: 6, ...style});
      else draw(icon, "line", {x1: 2, y1: 9, x2: 32, y2: 9, ...style});
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

  // texts and nodes hide the lines under them with the colour of whatever page this is
  function findPaper(root) {
    let element = root;
    const colour = () => getComputedStyle(element).backgroundColor;
    while (element.parentElement && /^transparent$|, 0\)$/.test(colour())) element = element.parentElement;
    root.style.setProperty("--ne-paper", /^transparent$|, 0\)$/.test(colour()) ? "Canvas" : colour());
  }

  function start(root) {
    root.dataset.ready = "yes";
    root.replaceChildren();
    make(root, "p", data.title, {class: "ne-title"});
    const controls = make(root, "div", null, {class: "ne-controls"});
    const stage = make(root, "div", null, {class: "ne-stage"});
    const left = make(stage, "div", null, {class: "ne-picture"});
    const picture = data.shape ? market(data.shape) : city(data);
    const svg = draw(left, "svg", {viewBox: `0 0 ${picture.size.join(" ")}`, role: "img", "font-size": picture.font});
    drawLegend(left, picture.legend);
    const readouts = make(stage, "dl", null, {class: "ne-readouts", "aria-live": "polite"});
    const update = () => {
      const index = positions.reduce((sum, position, s) => sum * data.sliders[s].values.length + position(), 0);
      const {nodes, edges, texts, words, numbers} = picture.read(data.frames[index]);
      svg.replaceChildren();
      svg.setAttribute("aria-label", words);
      edges.forEach((edge) => drawEdge(svg, edge));
      for (const node of nodes) {
        drawShape(svg, node);
        drawText(svg, {x: node.x, y: node.y, text: node.name, opacity: node.pale ? 0.65 : 1});
      }
      texts.forEach((text) => drawText(svg, {class: "ne-halo", ...text}));
      readouts.replaceChildren();
      data.readouts.forEach((name, k) => { make(readouts, "dt", name); make(readouts, "dd", show(numbers[k])); });
    };
    const positions = data.sliders.map((slider, s) => addControl(controls, slider, data.start[s], update));
    update();
    findPaper(root);
    root.addEventListener("pointerenter", () => findPaper(root));  // the theme may have changed
  }

  document.querySelectorAll(`[data-network-explorer="${id}"]:not([data-ready])`).forEach(start);
}
