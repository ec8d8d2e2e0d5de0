/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The time range that is shown, the chart of the target by state, and a lane for each thread. */
const report = data.report, page = data.page;
const lengthNs = report.capture.duration_ns;
const startMs = Date.parse(report.capture.start);
const range = { from: 0, to: lengthNs, listeners: [] };
const SMALLEST_NS = 1e6;

/* Of a moment RFC 3339 gives: ns after the start. */
const sinceStart = (moment) => (Date.parse(moment) - startMs) * 1e6;
const clock = (ns) => new Date(startMs + ns / 1e6).toISOString().replace("T", " ").replace("Z", " UTC");
const seconds = (ns) => String(Number((ns / NS).toFixed(6)));

/* As the options --from and --to take it, or a number of seconds, or a moment. */
function readMoment(word) {
	const value = decodeURIComponent(word || "");
	const number = value.match(/^[+]?([0-9.]+)s?$/);
	const ns = number ? Number(number[1]) * NS : sinceStart(value);
	return Number.isFinite(ns) ? ns : null;
}

function setRange(from, to, keepLink) {
	from = Math.max(0, Math.min(from, lengthNs));
	to = Math.max(0, Math.min(to, lengthNs));
	if (to - from < SMALLEST_NS)
		[from, to] = [0, lengthNs];
	Object.assign(range, { from, to });
	if (!keepLink) {
		const whole = from === 0 && to === lengthNs;
		history.replaceState(null, "", whole ? location.pathname + location.search :
			`#from=+${seconds(from)}s&to=+${seconds(to)}s`);
	}
	range.listeners.forEach((listener) => listener());
}

function rangeFromLink() {
	const parts = Object.fromEntries(location.hash.slice(1).split("&").map((part) => part.split("=")));
	const from = readMoment(parts.from), to = readMoment(parts.to);
	if (parts.from !== undefined || parts.to !== undefined)
		setRange(from ?? 0, to ?? lengthNs, true);
}

/* Around a moment, 0..1 of what is shown. */
function zoom(factor, at) {
	const length = (range.to - range.from) * factor, middle = range.from + at * (range.to - range.from);
	const from = Math.max(0, Math.min(middle - at * length, lengthNs - length));
	setRange(from, Math.min(lengthNs, from + length));
}

function pan(part) {
	const length = range.to - range.from;
	const from = Math.max(0, Math.min(range.from + part * length, lengthNs - length));
	setRange(from, from + length);
}

/* ---- drawing ------------------------------------------------------------------------------------- */
/* The windows of the range as [position, x, width]. */
function visible(rows, width) {
	const scale = width / (range.to - range.from), list = [];
	rows.starts_ns.forEach((start, i) => {
		const end = start + rows.durations_ns[i];
		if (end > range.from && start < range.to)
			list.push([i, (start - range.from) * scale, Math.max(1, (end - start) * scale + 0.4)]);
	});
	return list;
}

/* The states of each window one on the other; whole(i): what fills the height. */
function drawStack(canvas, rows, columns, whole) {
	const [pen, width, height] = penOf(canvas);
	const names = states.map((state) => state.name).filter((name) => columns[name]);
	pen.fillStyle = "#fff";
	pen.fillRect(0, 0, width, height);
	for (const [i, x, wide] of visible(rows, width)) {
		let y = height;
		const all = whole(i);
		for (const name of names) {
			const high = all ? height * columns[name][i] / all : 0;
			if (!high)
				continue;
			pen.fillStyle = fillOf(name);
			pen.fillRect(x, y - high, wide, high + 0.3);
			y -= high;
		}
	}
}

const CLASS_COLOURS = { insufficient: "#e4e7ea", hung: "#5b0010", idle: "#f3f5f7", "loop-blocked": "#8c2d6a",
	"cpu-starved": "#a63c00", "lock-bound": "#7a2f63", "cpu-bound": "#00507e", "io-bound": "#00634a", mixed: "#4c545c" };

/* The class of each window, with its name where there is room. */
function drawClasses(canvas) {
	const [pen, width, height] = penOf(canvas);
	const scale = width / (range.to - range.from);
	let shown = null;
	pen.font = "11px system-ui, sans-serif";
	pen.textBaseline = "middle";
	const flush = () => {
		if (!shown || shown.to - shown.from < pen.measureText(shown.name).width + 6)
			return;
		pen.fillStyle = ["insufficient", "idle"].includes(shown.name) ? "#16191d" : "#fff";
		pen.fillText(shown.name, Math.max(0, shown.from) + 4, height / 2 + 0.5);
	};
	for (const row of report.timeline) {
		const x = (sinceStart(row.start) - range.from) * scale, wide = row.duration_ns * scale;
		if (x + wide < 0 || x > width)
			continue;
		pen.fillStyle = CLASS_COLOURS[row.class] || "#4c545c";
		pen.fillRect(x, 0, wide + 0.4, height);
		if (shown && shown.name === row.class) {
			shown.to = Math.min(width, x + wide);
			continue;
		}
		flush();
		pen.fillStyle = "#fff";
		pen.fillRect(x, 0, 1, height);
		shown = { name: row.class, from: Math.max(0, x), to: Math.min(width, x + wide) };
	}
	flush();
}

/* Round distances between the marks of the axis. */
function drawAxis(canvas) {
	const [pen, width, height] = penOf(canvas);
	const length = range.to - range.from, wanted = length / Math.max(2, width / 110);
	const step = [1, 2, 5, 10, 20, 50, 100, 200, 500].flatMap((n) => [n * 1e6]).concat(
		[1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14400, 43200].map((n) => n * NS))
		.find((n) => n >= wanted) || 86400 * NS;
	pen.fillStyle = "#16191d";
	pen.font = "11px system-ui, sans-serif";
	pen.textBaseline = "top";
	for (let at = Math.ceil(range.from / step) * step; at <= range.to; at += step) {
		const x = (at - range.from) / length * width, label = at === 0 ? "0 s" : time(at);
		pen.fillRect(x, 0, 1, 4);
		pen.fillText(label, Math.min(x + 2, width - pen.measureText(label).width), 5);
	}
	return height;
}

/* ---- the chart ------------------------------------------------------------------------------------- */
const sumAt = (columns, i) => Object.values(columns).reduce((sum, list) => sum + list[i], 0);

/* What a window of the target is made of, in words. */
function windowWords(i) {
	const rows = page.target, all = sumAt(rows.states, i), start = rows.starts_ns[i];
	const parts = Object.entries(rows.states).map(([name, list]) => [name, list[i]]).filter(([, ns]) => ns)
		.sort((a, b) => b[1] - a[1]).map(([name, ns]) => `${share(ns / all)} ${name} (${time(ns)})`);
	const judged = report.timeline.find((row) => sinceStart(row.start) + row.duration_ns > start + 1e6);
	const cause = judged && judged.cause;
	return `${time(start)} to ${time(start + rows.durations_ns[i])} (${clock(start)}): ` +
		(judged ? `${judged.class}${cause ? `, ${share(cause.share)} ${cause.kind} ${cause.where || ""}` : ""}, ` +
			`${plain(judged.cores)} cores. ` : "") + `${time(all)} of thread time: ${parts.join(", ")}.`;
}

function legend(ledger) {
	return el("ul", { class: "legend", "aria-label": "States" }, ...Object.entries(flat(ledger)).filter(([, ns]) => ns)
		.sort((a, b) => b[1] - a[1]).map(([name, ns]) => el("li", { title: states[stateOf[name]].meaning },
			swatch(name), `${name} ${share(ns / ledger.wall_ns)}`)));
}

function rangeTools() {
	const from = el("input", { class: "number", type: "number", min: 0, step: "any" });
	const to = el("input", { class: "number", type: "number", min: 0, step: "any" });
	const words = el("span", { class: "dim", id: "range-words", role: "status" });
	const take = () => setRange(Number(from.value) * NS, Number(to.value) * NS);
	from.addEventListener("change", take);
	to.addEventListener("change", take);
	range.listeners.push(() => {
		from.value = seconds(range.from);
		to.value = seconds(range.to);
		words.textContent = range.from === 0 && range.to === lengthNs ? `the whole, ${time(lengthNs)}` :
			`${time(range.to - range.from)} of ${time(lengthNs)}; this address leads to it; the figures: ` +
			`boundby report FILE --from +${seconds(range.from)}s --to +${seconds(range.to)}s`;
	});
	const button = (title, act) => el("button", { type: "button", onclick: act }, title);
	return el("div", { class: "tools" }, el("label", {}, "from ", from, " s"), el("label", {}, "to ", to, " s"),
		button("Zoom in", () => zoom(0.5, 0.5)), button("Zoom out", () => zoom(2, 0.5)),
		button("Earlier", () => pan(-0.25)), button("Later", () => pan(0.25)), button("Whole", () => setRange(0, lengthNs)), words);
}

/* Stalls and incidents above the chart; the table of stalls is how the keyboard comes to them. */
function marks(stalls, open) {
	const line = el("div", { class: "marks" });
	range.listeners.push(() => line.replaceChildren(...stalls.map((stall) => {
		const at = (sinceStart(stall.start) - range.from) / (range.to - range.from);
		if (at < 0 || at > 1)
			return "";
		const button = el("button", { type: "button", tabIndex: -1, title: `stall of ${time(stall.duration_ns)}, ${stall.cause}`,
			"aria-label": `stall of ${time(stall.duration_ns)}`, onclick: () => open(stall) }, "\u25bc");
		button.style.left = 100 * at + "%";
		return button;
	}).filter(Boolean)));
	return line;
}

/* Dragging chooses a range, a click a window; keys do both. */
function steer(plot, chart, readout) {
	const cursor = el("div", { class: "cursor", hidden: true });
	const box = el("div", { class: "drag", hidden: true });
	let at = -1, begin = null;
	plot.append(cursor, box);
	const partOf = (event) => {
		const bounds = chart.getBoundingClientRect();
		return Math.max(0, Math.min(1, (event.clientX - bounds.left) / bounds.width));
	};
	const choose = (i) => {
		const rows = page.target;
		at = Math.max(0, Math.min(i, rows.starts_ns.length - 1));
		const middle = rows.starts_ns[at] + rows.durations_ns[at] / 2;
		if (middle < range.from || middle > range.to)
			setRange(middle - (range.to - range.from) / 2, middle + (range.to - range.from) / 2);
		cursor.hidden = false;
		cursor.style.left = 100 * (middle - range.from) / (range.to - range.from) + "%";
		readout.textContent = windowWords(at);
	};
	const windowAt = (part) => {
		const ns = range.from + part * (range.to - range.from), starts = page.target.starts_ns;
		let i = starts.length - 1;
		while (i > 0 && starts[i] > ns)
			i--;
		return i;
	};
	range.listeners.push(() => { cursor.hidden = true; });
	plot.addEventListener("pointerdown", (event) => {
		if (event.button || event.target.closest(".marks"))
			return;
		begin = partOf(event);
		plot.setPointerCapture(event.pointerId);
	});
	plot.addEventListener("pointermove", (event) => {
		if (begin === null)
			return;
		const end = partOf(event);
		box.hidden = Math.abs(end - begin) < 0.005;
		box.style.left = 100 * Math.min(begin, end) + "%";
		box.style.width = 100 * Math.abs(end - begin) + "%";
	});
	plot.addEventListener("pointerup", (event) => {
		if (begin === null)
			return;
		const [low, high] = [begin, partOf(event)].sort((a, b) => a - b), length = range.to - range.from;
		begin = null;
		box.hidden = true;
		if (high - low < 0.005)
			choose(windowAt(low));
		else
			setRange(range.from + low * length, range.from + high * length);
	});
	plot.addEventListener("dblclick", () => setRange(0, lengthNs));
	const keys = { ArrowLeft: () => choose(at < 0 ? windowAt(0.5) : at - 1), ArrowRight: () => choose(at < 0 ? windowAt(0.5) : at + 1),
		Home: () => choose(0), End: () => choose(Infinity), "+": () => zoom(0.5, 0.5), "=": () => zoom(0.5, 0.5),
		"-": () => zoom(2, 0.5), PageUp: () => pan(-0.5), PageDown: () => pan(0.5), 0: () => setRange(0, lengthNs), Escape: () => setRange(0, lengthNs) };
	plot.addEventListener("keydown", (event) => {
		if (!keys[event.key] || event.ctrlKey || event.altKey || event.metaKey)
			return;
		event.preventDefault();
		keys[event.key]();
	});
}

function timelinePart(stalls, open) {
	const classes = el("canvas", { "aria-hidden": "true" }), chart = el("canvas", { class: "chart", "aria-hidden": "true" });
	const axis = el("canvas", { "aria-hidden": "true" });
	const readout = el("p", { class: "readout small", role: "status" }, "Click a window, or use the arrow keys, to read it.");
	const plot = el("div", { class: "plot", tabIndex: 0, role: "application", "aria-roledescription": "chart",
		"aria-label": "Thread time by state. Left and right arrow: read a window; plus, minus: zoom; page up, page down: move; 0: the whole." },
	marks(stalls, open), classes, chart, axis);
	classes.style.height = "17px";
	axis.style.height = "20px";
	range.listeners.push(() => {
		drawClasses(classes);
		drawStack(chart, page.target, page.target.states, (i) => sumAt(page.target.states, i));
		drawAxis(axis);
	});
	steer(plot, chart, readout);
	return [rangeTools(), legend(report.time), plot, readout];
}

/* ---- lanes ---------------------------------------------------------------------------------------- */
function lanesPart(openThread) {
	const rows = page.threads, box = el("div", { class: "lanes" });
	const drawn = new Map();
	const work = (lane) => Object.entries(lane.states).reduce((sum, [name, list]) =>
		sum + (["CPU", "READY", "IO", "WAIT"].includes(states[stateOf[name]].group) ? list.reduce((a, b) => a + b, 0) : 0), 0);
	const lanes = [...rows.lanes].sort((a, b) => work(b) - work(a));
	const draw = (canvas) => {
		const lane = drawn.get(canvas), columns = lane.states;
		drawStack(canvas, rows, columns, (i) => Math.max(1000, sumAt(columns, i)));
	};
	const seen = new IntersectionObserver((entries) => entries.forEach((entry) => {
		entry.target.shown = entry.isIntersecting;
		if (entry.isIntersecting)
			draw(entry.target);
	}));
	for (const lane of lanes) {
		const canvas = el("canvas", { "aria-hidden": "true" });
		const name = lane.tid === null ? `${lane.comm} (ended)` : `${lane.comm} ${lane.tid}`;
		drawn.set(canvas, lane);
		box.append(el("div", { class: "lane" }, el("button", { type: "button", title: name, onclick: () => openThread(lane) }, name), canvas));
		seen.observe(canvas);
	}
	range.listeners.push(() => drawn.forEach((_, canvas) => canvas.shown && draw(canvas)));
	window.addEventListener("beforeprint", () => drawn.forEach((_, canvas) => draw(canvas)));
	const notes = [];
	if (rows.left_out)
		notes.push(`${count(rows.left_out)} threads that worked less have no lane.`);
	if (rows.merged)
		notes.push(`Windows are merged so that the page stays small: a step is ${time(rows.durations_ns[0])}.`);
	return [el("p", { class: "small dim" }, "One lane for each thread, those that work most first, in the colours of the chart; a name opens the thread. ", ...notes), box];
}
