/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The verdict in words, and the tables: processes, threads, loops, stalls, locks, waits, neighbours. */
const processes = report.processes;
const nameOf = (process) => `${process.comm}${process.pid === null ? ` x${process.count}` : `[${process.pid}]`}`;
const threadName = (thread) => thread.tid === null ? `${thread.comm} x${thread.count}${thread.exited ? " (ended)" : ""}` : `${thread.comm} ${thread.tid}`;
/* null: there was neither computing nor I/O to divide. */
const ratio = (value) => value === null ? "-" : share(value);
const list = (name) => processes.flatMap((process) => (process[name] || []).map((row) => ({ process, ...row })));

function causes(verdict) {
	const bar = (value) => {
		const inner = el("span");
		inner.style.width = 100 * Math.max(0, Math.min(1, value)) + "%";
		return el("span", { class: "bar", "aria-hidden": "true" }, inner);
	};
	const row = (value, kind, rest, where) => el("div", { class: "cause" }, el("span", { class: "share" }, share(value)), bar(value),
		el("strong", {}, kind), el("span", {}, rest, where ? " " : "", where ? el("code", {}, where) : ""));
	return el("ul", { class: "causes", "aria-label": "Causes" }, ...verdict.causes.map((cause) => el("li", {},
		row(cause.share, cause.kind, cause.detail || "", cause.where),
		el("ul", {}, ...(cause.places || []).map((place) => el("li", {}, `${share(place.share)}${place.margin ? ` \u00b1${digits(100 * place.margin)}` : ""} `,
			el("code", {}, place.where)))))));
}

function verdictPart() {
	const verdict = report.verdict, head = document.getElementById("verdict"), first = processes[0];
	const threads = processes.reduce((sum, process) => sum + process.threads.reduce((all, thread) => all + thread.count, 0), 0);
	const many = processes.reduce((sum, process) => sum + process.count, 0) + (report.others ? report.others.count : 0);
	const whole = first ? nameOf(first) + (many > 1 ? ` and ${count(many - 1)} more` : "") : "";
	const runtime = first && first.runtime ? `, ${first.runtime.name} ${first.runtime.version || ""}` : "";
	document.title = `${verdict.class}: ${whole} - boundby`;
	head.replaceChildren(el("h1", {}, el("span", { class: "class" }, verdict.class.toUpperCase()), ` ${verdict.confidence} confidence`),
		el("p", { class: "dim" }, `${whole}, ${time(lengthNs)} from ${clock(0)}${report.others ? "" : ", "}${report.others ? "" : `${count(threads)} threads`}${runtime}`),
		el("p", { class: "headline" }, verdict.headline), causes(verdict),
		el("dl", { class: "advice" }, ...(verdict.advice.now ? [el("dt", {}, "Now"), el("dd", {}, verdict.advice.now)] : []),
			...(verdict.advice.next ? [el("dt", {}, "Next"), el("dd", {}, el("code", {}, verdict.advice.next))] : []),
			...verdict.findings.flatMap((found) => [el("dt", {}, "Also"), el("dd", {}, `${found.kind}: ${found.detail}`)])));
}

function processTable() {
	return table("Processes", [["process", "word"], ["class", "word"], ["on CPU", "number"], ["runnable", "number"], ["cores", "number"], ["ratio", "number"], ["memory", "number"], ["threads", "number"], ["verdict"]],
		processes.map((process) => {
			const ledger = process.time, runnable = ledger.runnable_ns.wakeup + ledger.runnable_ns.preempted;
			return [nameOf(process), process.verdict.class, figure(ledger.on_cpu_ns, time), figure(runnable, time), figure(process.cores, plain),
				figure(process.ratio, ratio), figure(process.memory.rss_bytes, bytes), figure(process.threads.reduce((all, thread) => all + thread.count, 0), count), process.verdict.headline];
		}).concat(report.others ? [[`${count(report.others.count)} that work less`, "-", figure(report.others.time.on_cpu_ns, time),
			figure(report.others.time.runnable_ns.wakeup + report.others.time.runnable_ns.preempted, time), "-", "-", "-", "-", "in sum; `boundby report` shows each"]] : []));
}

/* The ledger of a thread as a bar. */
function bar(ledger) {
	const canvas = el("canvas", { class: "states", width: 352, height: 18, role: "img" }), pen = canvas.getContext("2d");
	const parts = Object.entries(flat(ledger)).filter(([, ns]) => ns).sort((a, b) => stateOf[a[0]] - stateOf[b[0]]);
	let x = 0;
	for (const [name, ns] of parts) {
		pen.fillStyle = fillOf(name);
		pen.fillRect(x, 0, 352 * ns / ledger.wall_ns, 18);
		x += 352 * ns / ledger.wall_ns;
	}
	canvas.setAttribute("aria-label", parts.map(([name, ns]) => `${share(ns / ledger.wall_ns)} ${name}`).join(", "));
	return canvas;
}

function wakerName(waker) {
	if (waker.tid === null)
		return "the kernel, or too many to list";
	for (const process of processes)
		for (const thread of process.threads)
			if (thread.tid === waker.tid && process.pid === waker.pid)
				return threadName(thread);
	return `thread ${waker.tid} of process ${waker.pid}`;
}

function openThread(process, thread) {
	show(`${threadName(thread)} of ${nameOf(process)}`,
		el("p", {}, `${thread.class}${thread.role ? `, ${thread.role}` : ""}, ratio ${ratio(thread.ratio)}; ` +
			Object.entries(thread.switches).filter(([name, n]) => n && !name.endsWith("_ns") && name !== "cpu_share").map(([name, n]) => `${count(n)} ${name}`).join(", ")),
		ledgerTable("Time by state", thread.time),
		table("Waits", [["state", "word"], ["times", "number"]], Object.entries(thread.waits).map(([name, wait]) => [name, figure(wait.count, count)])),
		thread.wakers ? table("Woken by", [["thread", "word"], ["from"], ["times", "number"], ["waited", "number"]], thread.wakers.map((waker) =>
			[wakerName(waker), text(waker.state), figure(waker.count, count), figure(waker.wait_ns, time)])) : el("p", {}, "Wakers: " + MISSING));
}

function openLane(lane) {
	const process = processes.find((row) => row.pid === lane.pid);
	const thread = process && process.threads.find((row) => lane.tid === null ? row.tid === null && row.comm === lane.comm : row.tid === lane.tid);
	if (thread)
		openThread(process, thread);
	else
		show(lane.comm, el("p", {}, "This thread has no row of its own in the report: it is in the sums of its process."));
}

function threadTable() {
	const rows = list("threads").sort((a, b) => b.time.on_cpu_ns - a.time.on_cpu_ns);
	return table("Threads", [["thread", "word"], ["process", "word"], ["class", "word"], ["on CPU", "number"], ["runnable", "number"], ["states"], ["switches", "number"]],
		rows.map((row) => [el("button", { type: "button", onclick: () => openThread(row.process, row) }, threadName(row)), nameOf(row.process), row.class,
			figure(row.time.on_cpu_ns, time), figure(row.time.runnable_ns.wakeup + row.time.runnable_ns.preempted, time),
			bar(row.time), figure((row.switches.voluntary ?? 0) + (row.switches.involuntary ?? 0), count)]));
}

function openStall(stall) {
	show(`Stall of ${time(stall.duration_ns)} in thread ${stall.tid}`,
		el("p", {}, `${stall.cause}, at ${clock(sinceStart(stall.start))}${stall.open ? ", not ended" : ""}. ` +
			(stall.call ? `Its longest wait: ${stall.call}${stall.target ? ` on ${stall.target}` : ""}, ${time(stall.block_ns)}. ` : "")),
		el("p", {}, "Where: ", el("code", {}, text(stall.where))), ledgerTable("Its parts", stall.parts), el("h3", {}, "Stack"), stackList(stall.stack));
}

const stalls = () => list("stalls").sort((a, b) => b.duration_ns - a.duration_ns);

function loopsPart() {
	const loops = list("loops"), rows = stalls(), left = processes.reduce((sum, process) => sum + (process.stalls_left_out || 0), 0);
	const parts = [table("Event loops", [["loop"], ["iterations", "number"], ["busy", "number"], ["p50", "number"], ["p99", "number"], ["max", "number"], ["stalls", "number"], ["stalled", "number"]],
		loops.map((loop) => [`${loop.process.comm} ${loop.tid}${loop.kind ? `, ${loop.kind}` : ""}`, figure(loop.iterations, count), figure(loop.busy_ns, time), figure(loop.lag_ns.p50, time),
			figure(loop.lag_ns.p99, time), figure(loop.lag_ns.max, time), figure(loop.stalls, count), figure(loop.stalled_ns, time)]))];
	if (rows.length)
		parts.push(table("Stalls, longest first" + (left ? `; ${count(left)} shorter ones are in the sums` : ""), [["stall"], ["thread", "number"], ["after", "number"], ["cause", "word"], ["call", "mono"], ["where", "mono"]],
			rows.map((stall) => [{ sort: stall.duration_ns, show: el("button", { type: "button", onclick: () => openStall(stall) }, time(stall.duration_ns)) },
				figure(stall.tid, String), figure(sinceStart(stall.start), time), stall.cause, text(stall.call), text(stall.where)])));
	return loops.length ? parts : [el("p", {}, "No thread was seen to be an event loop.")];
}

function openLock(lock) {
	show(`${lock.kind} ${lock.symbol || lock.address}`, el("p", {}, "The place of its longest wait: ", el("code", {}, text(lock.where))), stackList(lock.stack));
}

function locksPart() {
	const rows = list("locks");
	return [rows.length ? table("Locks", [["lock"], ["process", "word"], ["kind", "word"], ["contention"], ["waits", "number"], ["waited", "number"], ["longest", "number"], ["waiters", "number"], ["held by", "mono"], ["where", "mono"]],
		rows.map((lock) => [el("button", { type: "button", onclick: () => openLock(lock) }, lock.symbol || lock.address), nameOf(lock.process), lock.kind, lock.contention ? "yes" : "no", figure(lock.waits, count), figure(lock.wait_ns, time),
			figure(lock.max_ns, time), figure(lock.waiters, count), lock.holders.map((holder) => `${holder.tid} (${time(holder.wait_ns)})`).join(", ") || "not known", text(lock.where)])) : el("p", {}, "No thread waited at a lock.")];
}

function wakersPart() {
	const rows = list("threads").flatMap((thread) => (thread.wakers || []).map((waker) => ({ thread, waker }))).sort((a, b) => b.waker.wait_ns - a.waker.wait_ns).slice(0, 200);
	return [rows.length ? table("Who ended the waits, longest first", [["thread", "word"], ["waited in"], ["woken by"], ["times", "number"], ["waited", "number"]], rows.map(({ thread, waker }) =>
		[threadName(thread), text(waker.state), wakerName(waker), figure(waker.count, count), figure(waker.wait_ns, time)])) : el("p", {}, list("threads").some((thread) => thread.wakers) ? "No thread was seen to end a wait." : "Wakers: " + MISSING)];
}

function waitsPart() {
	const rows = list("io").sort((a, b) => b.wait_ns - a.wait_ns);
	return [table("Waits, by what they were for", [["process", "word"], ["state", "word"], ["call", "mono"], ["object"], ["peer", "mono"], ["waits", "number"], ["waited", "number"], ["longest", "number"]],
		rows.map((io) => [nameOf(io.process), io.kind, text(io.call), text(io.object), text(io.peer), figure(io.waits, count), figure(io.wait_ns, time), figure(io.max_ns, time)]))];
}

function neighboursPart() {
	return [report.neighbours.length ? table("Other processes of the host", [["process", "word"], ["unit or container"], ["CPU time", "number"], ["share of theirs", "number"]], report.neighbours.map((row) =>
		[`${row.comm}[${row.pid}]`, text(row.label), figure(row.cpu_ns, time), figure(row.share, share)])) : el("p", {}, "None had CPU time, or that is not known.")];
}

function qualityPart() {
	const capture = report.capture, verdict = report.verdict, lost = Object.entries(capture.lost).filter(([, n]) => n);
	return [el("h3", {}, "Not measured"), verdict.unmeasured.length ? el("ul", {}, ...verdict.unmeasured.map((line) => el("li", {}, line))) : el("p", {}, "Nothing is known to be missing."),
		el("p", {}, `Events lost: ${count(capture.lost_events)}${lost.length ? ` (${lost.map(([name, n]) => `${count(n)} ${name}`).join(", ")})` : ""}. ` +
			`Cost: ${time(capture.overhead.bpf_run_ns)} in ${count(capture.overhead.bpf_runs)} runs of hooks, ${time(capture.overhead.reader_cpu_ns)} of reading.`),
		table("Evidence", [["rule"], ["value", "number"], ["threshold", "number"], ["unit"]], verdict.evidence.map((row) => [row.rule, figure(row.value, plain), figure(row.threshold, plain), text(row.unit)])),
		el("p", { class: "dim small" }, `${capture.source}, depth ${capture.depth}, kernel ${capture.kernel}, ${capture.arch}, ${count(capture.cpus)} CPUs, boundby ${report.tool.version}`)];
}
