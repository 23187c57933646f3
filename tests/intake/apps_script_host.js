// Stands in for Google's services so that the script of a sheet runs under node: reads a world from standard input
// ({script, tabs, calls, properties, now}), runs the calls one after the other, writes what became of it.
const crypto = require("node:crypto");
const vm = require("node:vm");
const { spawnSync } = require("node:child_process");

const world = JSON.parse(require("node:fs").readFileSync(0, "utf8"));
const properties = world.properties || {};
const triggers = world.triggers || [];
const requests = [];
const errors = [];
const signed = (buffer) => [...buffer].map((byte) => (byte > 127 ? byte - 256 : byte));

const SENDER = `
  const { url, options } = JSON.parse(require("node:fs").readFileSync(0, "utf8"));
  fetch(url, options).then(async (answer) => {
    process.stdout.write(JSON.stringify({ code: answer.status, text: await answer.text() }));
  }, (error) => { process.stderr.write(String(error)); process.exit(1); });
`;

function fetchNow(url, options) {
  const body = options.payload;
  requests.push({ body, headers: options.headers, bytes: Buffer.byteLength(body) });
  if (world.offline) throw new Error("Address unavailable");
  if (world.answer) return { getResponseCode: () => world.answer, getContentText: () => "fault" };
  const headers = { ...options.headers, "Content-Type": options.contentType };
  const request = { url, options: { method: options.method.toUpperCase(), headers, body } };
  const done = spawnSync(process.execPath, ["-e", SENDER], { input: JSON.stringify(request), encoding: "utf8" });
  if (done.status !== 0) throw new Error(done.stderr);
  const { code, text } = JSON.parse(done.stdout);
  return { getResponseCode: () => code, getContentText: () => text };
}

function triggerBuilder(handler) {
  const made = { handler };
  const builder = {
    forSpreadsheet: () => builder,
    timeBased: () => builder,
    onChange: () => ((made.on = "change"), builder),
    onEdit: () => ((made.on = "edit"), builder),
    everyMinutes: (minutes) => ((made.on = `every ${minutes}`), builder),
    create: () => triggers.push(made),
  };
  return builder;
}

const asDate = (cell) => (typeof cell === "object" && cell && cell.date ? new Date(cell.date) : cell);
const sheets = Object.entries(world.tabs).map(([name, rows]) => ({
  getName: () => name,
  getDataRange: () => ({ getValues: () => rows.map((row) => row.map(asDate)) }),
}));
const book = {
  getSheets: () => sheets,
  getSheetByName: (name) => sheets.find((sheet) => sheet.getName() === name) || null,
  getSpreadsheetTimeZone: () => "Africa/Casablanca",
};
const kept = {
  getProperty: (name) => (name in properties ? properties[name] : null),
  setProperty: (name, value) => {
    if (typeof value !== "string") throw new Error(`Property ${name} is no text`);
    if (Buffer.byteLength(value) > 9 * 1024) throw new Error("Argument too large");
    properties[name] = value;
  },
  deleteProperty: (name) => delete properties[name],
  deleteAllProperties: () => Object.keys(properties).forEach((name) => delete properties[name]),
};

class Clock extends Date {
  constructor(...parts) {
    super(...(parts.length ? parts : [Clock.now()]));
  }
  static now() {
    return Date.now() + (world.later || 0) * 1000;
  }
}

const context = vm.createContext({
  Date: Clock,
  console: { error: (text) => errors.push(text), log: () => {} },
  SpreadsheetApp: { getActive: () => book },
  PropertiesService: { getScriptProperties: () => kept },
  LockService: { getScriptLock: () => ({ tryLock: () => !world.locked, releaseLock: () => {} }) },
  ScriptApp: {
    getProjectTriggers: () => triggers.map((made) => ({ getHandlerFunction: () => made.handler, made })),
    deleteTrigger: (trigger) => triggers.splice(triggers.indexOf(trigger.made), 1),
    newTrigger: triggerBuilder,
  },
  UrlFetchApp: { fetch: fetchNow },
  Utilities: {
    Charset: { UTF_8: "utf8" },
    DigestAlgorithm: { SHA_256: "sha256" },
    computeHmacSha256Signature: (value, key) => signed(crypto.createHmac("sha256", key).update(value, "utf8").digest()),
    computeDigest: (algorithm, value) => signed(crypto.createHash(algorithm).update(value, "utf8").digest()),
    base64Encode: (bytes) => Buffer.from(bytes.map((byte) => byte & 255)).toString("base64"),
    newBlob: (text) => ({ getBytes: () => signed(Buffer.from(text, "utf8")) }),
    // As Java writes it, for the one pattern and zone the script uses.
    formatDate: (date, zone, pattern) => {
      if (pattern !== "yyyy-MM-dd HH:mm:ss") throw new Error(pattern);
      return new Intl.DateTimeFormat("sv-SE", { timeZone: zone, dateStyle: "short", timeStyle: "medium" }).format(date);
    },
  },
});
vm.runInContext(world.script, context, { filename: "Code.gs" });
let failure = "";
try {
  for (const name of world.calls) vm.runInContext(`${name}()`, context);
} catch (error) {
  failure = String(error);
}
process.stdout.write(JSON.stringify({ properties, triggers, requests, errors, failure }));
