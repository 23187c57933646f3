{% load i18n %}{% autoescape off %}/**
 * Commanda · {{ name }}
 * {% if sends_rows %}{% translate "Sends the rows of this sheet to Commanda as soon as they change." %}{% else %}{% translate "Tells Commanda that this sheet has changed, so that it is read at once." %}{% endif %}
 * {% translate "Run “install” once by hand; afterwards everything happens by itself." %}
 */
var ADDRESS = {{ address }};
var SECRET = {{ secret }};
var EVERY_MINUTES = 5; // {% translate "1, 5, 10, 15 or 30" %}
{% if sends_rows %}var TAB = ""; // {% translate "The name of the tab with the orders; empty: the first one." %}
var HEADER_ROW = 1; // {% translate "The row with the names of the columns." %}
var BATCH_ROWS = 500;
var MAX_BYTES = 900000;
{% endif %}
function install() {
  uninstall();
  var sheet = SpreadsheetApp.getActive();
  ScriptApp.newTrigger("push").forSpreadsheet(sheet).onChange().create();
  ScriptApp.newTrigger("push").forSpreadsheet(sheet).onEdit().create();
  // {% translate "Rows that a form or a program writes fire neither of the two: the clock sees them." %}
  ScriptApp.newTrigger("push").timeBased().everyMinutes(EVERY_MINUTES).create();
  PropertiesService.getScriptProperties().deleteAllProperties();
  post({ event: "ping" });
  push();
}

function uninstall() {
  ScriptApp.getProjectTriggers().forEach(function (trigger) {
    if (trigger.getHandlerFunction() === "push") ScriptApp.deleteTrigger(trigger);
  });
}

function push() {
  var lock = LockService.getScriptLock();
  if (!lock.tryLock(20000)) return; // {% translate "Another run is sending already; the clock comes back." %}
  var kept = PropertiesService.getScriptProperties();
  try {
    if (Date.now() < Number(kept.getProperty("wait_until") || 0)) return;
    send(kept);
    kept.deleteProperty("failures");
    kept.deleteProperty("wait_until");
  } catch (error) {
    var failures = Number(kept.getProperty("failures") || 0) + 1;
    var minutes = Math.min(Math.pow(2, failures - 1), 60);
    kept.setProperty("failures", String(failures));
    kept.setProperty("wait_until", String(Date.now() + minutes * 60000));
    console.error(String(error));
  } finally {
    lock.releaseLock();
  }
}

{% if sends_rows %}function send(kept) {
  var book = SpreadsheetApp.getActive();
  var sheet = TAB ? book.getSheetByName(TAB) : book.getSheets()[0];
  if (!sheet) throw new Error("TAB: " + TAB);
  var zone = book.getSpreadsheetTimeZone();
  var values = sheet.getDataRange().getValues();
  var header = (values[HEADER_ROW - 1] || []).map(function (cell) { return plain(cell, zone); });
  var rows = values.slice(HEADER_ROW);
  var batch = 0;
  for (var first = 0; first < rows.length; first += BATCH_ROWS, batch++) {
    var part = rows.slice(first, first + BATCH_ROWS).map(function (row) {
      return row.map(function (cell) { return plain(cell, zone); });
    }).filter(function (row) {
      return row.some(function (cell) { return cell !== ""; });
    });
    var digest = digestOf(JSON.stringify([header, part]));
    if (kept.getProperty("batch_" + batch) === digest) continue;
    postRows(header, part);
    kept.setProperty("batch_" + batch, digest); // {% translate "Only what was received counts as sent." %}
  }
  while (kept.getProperty("batch_" + batch) !== null) kept.deleteProperty("batch_" + batch++);
}

function postRows(header, rows) {
  if (!rows.length) return;
  var body = JSON.stringify({ header: header, rows: rows });
  if (rows.length > 1 && Utilities.newBlob(body).getBytes().length > MAX_BYTES) {
    var half = Math.ceil(rows.length / 2);
    postRows(header, rows.slice(0, half));
    postRows(header, rows.slice(half));
    return;
  }
  post({ header: header, rows: rows });
}

function plain(cell, zone) {
  if (Object.prototype.toString.call(cell) === "[object Date]") {
    return Utilities.formatDate(cell, zone, "yyyy-MM-dd HH:mm:ss");
  }
  return cell === null || cell === undefined ? "" : cell;
}

function digestOf(text) {
  return Utilities.base64Encode(Utilities.computeDigest(Utilities.DigestAlgorithm.SHA_256, text, Utilities.Charset.UTF_8));
}
{% else %}function send() {
  post({ event: "changed" });
}
{% endif %}
function post(data) {
  var body = JSON.stringify(data);
  var moment = Math.floor(Date.now() / 1000);
  var bytes = Utilities.computeHmacSha256Signature(moment + "." + body, SECRET, Utilities.Charset.UTF_8);
  var hex = bytes.map(function (byte) { return ((byte & 255) + 256).toString(16).slice(1); }).join("");
  var answer = UrlFetchApp.fetch(ADDRESS, {
    method: "post",
    contentType: "application/json",
    payload: body,
    headers: { "X-Commanda-Signature": "t=" + moment + ",v1=" + hex },
    muteHttpExceptions: true,
  });
  var code = answer.getResponseCode();
  if (code < 200 || code > 299) throw new Error("Commanda " + code + ": " + answer.getContentText().slice(0, 300));
}
{% endautoescape %}
