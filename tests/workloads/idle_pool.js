// SPDX-License-Identifier: GPL-2.0-or-later
/* libuv's pool of four workers, given a small read now and then: they only wait. */
"use strict";
const fs = require("fs");

for (let i = 0; i < 4; i++)
	fs.stat("/", () => {});
console.log("ready " + process.pid);
setInterval(() => fs.stat("/", () => {}), 200);
