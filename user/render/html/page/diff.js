/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The page of a comparison: both sides, the changes, and flame graphs of what grew and what shrank. */

/* One tree of both sides: ns of a node is of its mean rate, so that children fit into it. */
function joinTrees(before, after, rates) {
	const join = (a, b, parent, at) => {
		const node = { text: (a || b).text, depth: (a || b).depth, parent, at, children: [],
			before: a ? a.ns * rates.before : 0, after: b ? b.ns * rates.after : 0 };
		node.ns = (node.before + node.after) / 2;
		const names = new Map();
		for (const [key, side] of [["a", a], ["b", b]])
			for (const child of side ? side.children : [])
				names.set(child.text, { ...names.get(child.text), [key]: child });
		for (const pair of names.values()) {
			const child = join(pair.a, pair.b, node, at);
			at += child.ns;
			node.children.push(child);
		}
		return node;
	};
	return join(before, after, null, 0);
}

/* Red has grown and blue has shrunk, by the part of both that the change is. */
function changeColour(node) {
	const both = node.before + node.after, part = both ? (node.after - node.before) / both : 0;
	const light = 96 - 26 * Math.min(1, Math.abs(part));
	return Math.abs(part) < 0.02 ? "#eceef0" : `hsl(${part > 0 ? 12 : 215} 90% ${light}%)`;
}

const signed = (value) => (value > 0 ? "+" : "") + value.toFixed(3);

function changeWords(node) {
	const by = node.after - node.before;
	return `${signed(by)} ${node.text}: from ${node.before.toFixed(3)} to ${node.after.toFixed(3)} threads on average`;
}

function diffViews() {
	const rates = { before: 1 / data.before.report.capture.duration_ns, after: 1 / data.after.report.capture.duration_ns };
	const empty = { ns: 0, nodes: [], left_out: 0 };
	/* a process has another number on the other side */
	const nameless = (node) => {
		if (node.depth === 0)
			node.text = node.text.replace(/-\d+$/, "");
		node.children.forEach(nameless);
		return node;
	};
	const side = (which, name) => nameless(treeOf(data[which].page.flames.views[name] || empty, data[which].page.flames.texts));
	const names = Object.keys(VIEW_TITLES).filter((name) => ["before", "after"].some((which) => (data[which].page.flames.views[name] || empty).ns));
	return names.map((name) => {
		const root = joinTrees(side("before", name), side("after", name), rates);
		return { name, title: `${VIEW_TITLES[name]} ${signed(root.after - root.before)}`, head: `${VIEW_TITLES[name]}: ${changeWords(root)}`,
			graph: () => flameGraph(name, root, { words: changeWords, colour: changeColour, label: (node) => `${signed(node.after - node.before)} ${node.text}` }, "") };
	});
}

/* The verdict of a side and its windows. */
function sidePart(which) {
	const side = data[which], summary = data.diff[which], verdict = side.report.verdict;
	const view = { from: 0, to: side.report.capture.duration_ns }, rows = side.page.target;
	const classes = el("div", { class: "classes" }), axis = el("div", { class: "axis" });
	const chart = el("canvas", { class: "chart", role: "img", "aria-label": `Thread time by state, ${which}` });
	const draw = () => {
		drawStack(chart, view, rows, rows.states, (i) => sumAt(rows.states, i));
		putAxis(axis, view);
	};
	range.listeners.push(draw);
	const strips = spans(side.report.timeline, Date.parse(side.report.capture.start));
	putClasses(classes, strips, view);
	return section(which, which === "before" ? "Before" : "After",
		el("p", {}, el("span", { class: "class" }, summary.class.toUpperCase()), ` ${summary.confidence} confidence, ${time(summary.duration_ns)} from ${summary.start}, ${count(summary.threads)} threads, ${plain(summary.cores)} cores`),
		el("p", { class: "headline" }, verdict.headline), causes(verdict), legend(side.report.time), el("div", { class: "plot still" }, classes, chart, axis));
}

function changesTable() {
	const format = { bytes, "1/s": (value) => digits(value) + " /s", threads: (value) => known(value, (v) => v.toFixed(3)) };
	return table("Largest change first; threads on average, except switches and memory", [["what"], ["name", "mono"], ["state"], ["before", "number"], ["after", "number"], ["change", "number"]],
		data.diff.changes.map((row) => [row.kind, row.name, text(row.state), figure(row.before, format[row.unit]), figure(row.after, format[row.unit]),
			{ sort: Math.abs(row.change), show: (row.change > 0 ? "+" : "") + format[row.unit](row.change) }]));
}

function startDiff() {
	const diff = data.diff;
	document.title = "boundby diff: " + diff.headline;
	document.getElementById("verdict").replaceChildren(el("h1", {}, el("span", { class: "class" }, diff.before.class === diff.after.class ? "SAME CLASS" : "CHANGED"),
		` ${diff.before.class} \u2192 ${diff.after.class}`), el("p", { class: "headline" }, diff.headline),
	...diff.warnings.map((warning) => el("p", {}, el("strong", {}, "Beware: "), warning)));
	section("changes", "What changed", changesTable());
	section("flames", "Where the time went", ...flamesPart(diffViews(), "Red frames grew, blue ones shrank; the figure before a name is the change, in threads on average."));
	sidePart("before");
	sidePart("after");
}
