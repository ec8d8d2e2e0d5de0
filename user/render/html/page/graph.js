/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which thread waits for which: a small graph of the heaviest waits, with cycles marked. */
const GRAPH_EDGES = 16;
const SVG = "http://www.w3.org/2000/svg";

function svg(tag, given, ...children) {
	const element = document.createElementNS(SVG, tag);
	for (const [name, value] of Object.entries(given))
		element.setAttribute(name, value);
	element.append(...children);
	return element;
}

/*
 * Edges { from, to, ns, why, standing }: waits that lasted the whole window, for the holder of their lock
 * or the process at the other end, and those for locks and other threads that a thread ended.
 */
function waitEdges() {
	const edges = new Map();
	const add = (from, to, ns, why, standing) => {
		const key = `${from}\u0000${to}`, edge = edges.get(key) || { from, to, ns: 0, why, standing };
		edge.ns += ns;
		edge.standing = edge.standing || standing;
		edges.set(key, edge);
	};
	for (const process of processes) {
		for (const wait of process.standing || [])
			if (wait.holder !== null)
				add(wait.tid, wait.holder, wait.wait_ns, wait.state, true);
			else if (wait.other_pid !== null)
				add(wait.tid, wait.other_pid, wait.wait_ns, wait.state, true);
		for (const thread of process.threads)
			for (const waker of thread.wakers || [])
				if (waker.tid !== null && waker.tid !== thread.tid && waker.state !== null && !["poll_idle", "request", "sleep"].includes(waker.state))
					add(thread.tid, waker.tid, waker.wait_ns, waker.state, false);
	}
	return [...edges.values()].sort((a, b) => b.standing - a.standing || b.ns - a.ns).slice(0, GRAPH_EDGES);
}

/* Of waits that did not end: the edges that lie on a cycle. */
function onCycles(edges) {
	const standing = edges.filter((edge) => edge.standing);
	const reaches = (from, to, seen) => from === to || (!seen.has(from) && (seen.add(from),
		standing.some((edge) => edge.from === from && reaches(edge.to, to, seen))));
	return new Set(standing.filter((edge) => reaches(edge.to, edge.from, new Set())));
}

function nodeName(number) {
	for (const process of processes) {
		const thread = process.threads.find((row) => row.tid === number);
		if (thread)
			return `${thread.comm} ${number}`;
		if (process.pid === number)
			return nameOf(process);
	}
	return String(number);
}

function waitGraph() {
	const edges = waitEdges(), cycles = onCycles(edges);
	const nodes = [...new Set(edges.flatMap((edge) => [edge.from, edge.to]))];
	if (!edges.length)
		return [el("p", {}, "No thread was seen to wait for another one.")];
	const radius = Math.max(90, nodes.length * 20), width = 2 * radius + 340, height = 2 * radius + 60, most = Math.max(...edges.map((edge) => edge.ns));
	const place = new Map(nodes.map((node, i) => {
		const angle = 2 * Math.PI * i / nodes.length - Math.PI / 2;
		return [node, [width / 2 + radius * Math.cos(angle), height / 2 + radius * Math.sin(angle)]];
	}));
	const marker = (id, colour) => svg("marker", { id, viewBox: "0 0 8 8", refX: 8, refY: 4, markerWidth: 9, markerHeight: 9, orient: "auto", markerUnits: "userSpaceOnUse" },
		svg("path", { d: "M0 0 L8 4 L0 8 Z", fill: colour }));
	const lines = edges.map((edge) => {
		const [x1, y1] = place.get(edge.from), [x2, y2] = place.get(edge.to), cycle = cycles.has(edge);
		const far = Math.hypot(x2 - x1, y2 - y1) || 1, ux = (x2 - x1) / far, uy = (y2 - y1) / far;
		const bend = 18, middle = [(x1 + x2) / 2 - uy * bend, (y1 + y2) / 2 + ux * bend];
		const words = `${nodeName(edge.from)} waits for ${nodeName(edge.to)}: ${edge.why}, ${time(edge.ns)}${edge.standing ? ", not ended" : ""}${cycle ? ", in a cycle" : ""}`;
		return svg("g", {}, svg("path", { d: `M${x1 + ux * 9} ${y1 + uy * 9} Q${middle[0]} ${middle[1]} ${x2 - ux * 9} ${y2 - uy * 9}`, fill: "none",
			stroke: cycle ? "#b3000d" : "#4c545c", "stroke-width": cycle ? 4 : 1 + 4 * edge.ns / most, "stroke-dasharray": edge.standing && !cycle ? "6 4" : "none",
			"marker-end": `url(#${cycle ? "arrow-cycle" : "arrow"})` }), svg("title", {}, words));
	});
	const dots = nodes.map((node) => {
		const [x, y] = place.get(node), right = x >= width / 2 - 1;
		return svg("g", {}, svg("circle", { cx: x, cy: y, r: 7, fill: "#0072b2" }), svg("text", { x: x + (right ? 11 : -11), y: y + 4, "text-anchor": right ? "start" : "end" }, nodeName(node)));
	});
	const listed = edges.filter((edge) => cycles.has(edge));
	const head = listed.length ? "A cycle of waits that never ended (thick, red): " + listed.map((edge) => `${nodeName(edge.from)} waits for ${nodeName(edge.to)}`).join("; ") + "." :
		"An arrow leads from a thread to the one that ended its waits, or holds what it waits for; its width is the time. Dashed: a wait that never ended.";
	return [el("p", { class: "small" }, head),
		svg("svg", { viewBox: `0 0 ${width} ${height}`, width, height, role: "img", "aria-label": head, class: "graph" }, svg("defs", {}, marker("arrow", "#4c545c"), marker("arrow-cycle", "#b3000d")), ...lines, ...dots),
		table("The same as a table", [["thread"], ["waits for"], ["in"], ["waited", "number"], ["ended"], ["cycle"]], edges.map((edge) =>
			[nodeName(edge.from), nodeName(edge.to), edge.why, figure(edge.ns, time), edge.standing ? "no" : "yes", cycles.has(edge) ? "yes" : "no"]))];
}
