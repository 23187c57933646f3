"""What to do about messages of sources whose code says it within the message, or takes it for granted."""

from typing import Final

_BY_ITSELF: Final = "Nothing: it goes on by itself at the time shown."

NOTES: Final = {
    "preset_found": "Nothing. If it is another layout, choose it under “Start from a known layout”.",
    "maybe_centimes": "Compare a price with the sheet; tick “Prices are in centimes” under “How to read” when it is.",
    "no_header": "Look at each column. Better: give the sheet a row of names, then columns may be moved.",
    "titles_above": "Nothing, if that is the row with the names.",
    "repeated_header": "Nothing.",
    "duplicate_column": "Look at the preview; choose the field at the right column, “not needed” at the other.",
    "phone_by_content": "Look at the preview. Nothing, if the numbers are those of your clients.",
    "column_by_content": "Look at the preview and choose another field if it is wrong.",
    "phone_not_phones": "Choose the column that holds the clients' numbers.",
    "id_not_unique": "Nothing, if it is no order number. Otherwise give each order its own number in the sheet.",
    "price_is_total": "If the column says what one piece costs, choose “Price of one piece” there.",
    "no_rows": "Write a first order below the names, then open the page again.",
}

FAILURES: Final = {
    "not_a_sheet": "Open the file in Excel or Google Sheets, save it as XLSX or CSV, upload that.",
    "html_not_sheet": "Some shops call a web page “.xls”. Open it in a spreadsheet, save it as XLSX, upload that.",
    "empty": "Check that it is the right tab or file.",
    "no_rows": "Nothing, if there is no order yet: rows are taken as soon as they are there.",
    "too_many_columns": "Delete or move columns that have nothing to do with orders.",
    "too_large": "At most 200,000 rows and 60 MB. Part the file; the parts may go to the same source.",
    "encrypted": "In Excel: File, Info, Protect Workbook, clear the password; save; upload again.",
    "broken_quotes": "Look at the line named: a text begins with a quotation mark that never ends.",
    "damaged": "Open it in a spreadsheet and save it anew; or export it again.",
    "columns_missing": "Somebody renamed or deleted columns. Give them their names again, or choose under *Columns* "
    "which ones are meant now.",
    "unmapped": "Choose the columns named under *Columns*.",
    "tab_missing": "Somebody renamed or deleted the tab. Choose it under *Sheet and tab*.",
    "spreadsheet_missing": "Take it out of Google's bin, or share it again with the address of the service account.",
    "permission_lost": "In the sheet: Share, add the address named in the message.",
    "api_disabled": "In Google Cloud, in the project of the key: APIs & Services, Library, Google Sheets API, Enable. "
    "The same for the Google Drive API.",
    "bad_key": "Somebody deleted the key or the account. Make a new JSON key; upload it under *Another key file*.",
    "bad_link": "Open the sheet in the browser and copy the whole address, with `/spreadsheets/d/…`.",
    "not_shared": "In the sheet: Share, General access, “Anyone with the link: Viewer”.",
    "no_deliveries": "Send one order with the example of *Address and secret*, then choose the columns.",
    "viewer_only": "In the sheet: Share, make the address an editor. Reading goes on meanwhile.",
    "protected_cells": "In the sheet: Data, Protected sheets and ranges: let the address named edit them.",
    "no_header": "Write names above the columns, then *Write all again*.",
    "no_room": "Delete columns that are not needed, then *Write all again*.",
    "another_sheet": "Look at what would be written there; switch the write-back on again.",
    "refused": "Check that the sheet opens in a browser and is still shared; then *Read now*.",
    "mapping_no_phone": "Open *Columns*, choose “Phone” at its column, save.",
    "mapping_no_product": "Open *Columns*, choose “Product” at its column, or one under “What is the same for all”.",
    "secret_unreadable": "The installation got another signing key. Upload the key file again; make a new secret for a "
    "web hook.",
    "already_running": "Nothing: wait until it is done.",
    "sheet_moving": _BY_ITSELF,
    "source_unavailable": _BY_ITSELF,
    "quota_reached": _BY_ITSELF,
    "busy": _BY_ITSELF,
    "interrupted": "*Resume* in the history, or *Read now*. Rows that were taken in are not taken twice.",
    "internal": "*Read now* once more. If it comes back, tell whoever runs the server; the log says more.",
}

ANSWERS: Final = {
    "bad_signature": "Sign the bytes that are sent, unchanged after signing; copy the secret again or make a "
    "new one.",
    "stale_signature": "Set the sender's clock. A repeated delivery is signed anew, with the same id.",
    "not_json": "Send JSON in UTF-8 with `Content-Type: application/json`.",
    "no_rows_sent": "Send the order itself, not an empty list.",
    "too_many_rows": "Part it; each part gets an id of its own.",
    "bad_row": "Send each row as an object with names, or as a list of cells.",
    "no_header_sent": "Add `\"header\": [\"Nom\", \"Téléphone\", …]`.",
    "body_too_large": "Send fewer rows at a time.",
    "not_found": "Copy the address again from *Address and secret*.",
    "delivery_reused": "Leave `X-Commanda-Delivery` out, or use a number that is never used twice.",
    "unknown_event": "Send rows, or `{\"event\": \"ping\"}` as a try.",
    "rows_not_wanted": "This sheet is read by us: use the script as it is shown on the page.",
}  # fmt: skip

MANY: Final = {
    "not_found": "Nothing.",
    "row_imported": "Nothing: the order exists.",
    "row_is_order": "Open the order and change it there.",
    "row_waiting": "Mend and import it first.",
    "row_aside": "*Take back*, then mend it.",
    "row_not_aside": "Nothing.",
    "several_rows": "Open the row by itself; the order has several lines.",
    "busy": "Do the same again in a moment.",
}

# By text, since one code can stand for several.
REFUSALS: Final = {
    "This product is no longer sold. Choose another one.": "Or put it on sale again on the product's page.",
    "The cell names several products. Type them as they are called here, with + between them.": "Such as "
    "“Montre Atlas + Sac Rif”; names and other names are those of the products' pages.",
    "This city is not delivered to. Choose another one.": "Or switch the city on again.",
    "This row does not exist any more.": "Load the inbox again.",
    "Unknown field: %(name)s": "Load the page again.",
    "Nothing can be sent to a source of files. Add a web hook.": "*Add a source*, *Web hook*.",
    "This source lives by its address. Pause the source instead.": "*Pause*: what is sent meanwhile is kept and waits.",
    "There is no file %(path)s.": "`commanda import`: check the path.",
    "The file %(path)s cannot be opened: %(reason)s": "`commanda import`: check that the file may be read.",
    "Choose what to do with the rows.": "Choose one of the buttons below the list.",
    "Choose at least one row.": "Tick rows, or the box above the list for all.",
    "At most %(highest)s rows at once.": "Do it in several parts; filters help to choose them.",
    "Choose what to set.": "City, product or another cell.",
    "Type what the cells should say.": "The text goes into the cell of every chosen row.",
    "This row has been imported meanwhile.": "Nothing: the order exists. Change it there.",
    "Say why this row is not needed.": "Such as “test” or “cancelled by the client”; it stands with the row.",
    "What is sent always has names. Tick “The columns have names above them”.": "Under “How to read”.",
    "This mapping would join or part rows that are orders already. Make a new source for it.": "The order number of a "
    "source with orders cannot be exchanged: orders would be doubled.",
    "Say why the order is cancelled.": "The reason stands in the order's history.",
    "This row has not been imported yet.": "Mend and import it first.",
    "“%(name)s” is a connected source already. Choose another name for the files.": "Files and a connected sheet keep "
    "separate histories.",
    "Type a name.": "Any name you will recognise.",
    "Another source has this name.": "Choose another one, or upload to that source.",
    "Choose a store.": "Stores are made in the settings.",
    "Choose between 30 seconds and one day.": "60 seconds is right for most.",
    "Look at the mapping and confirm it first.": "Open *Columns* and save.",
    "This import is still under way. Wait until it is done, or cancel it.": "Its page shows how far it has come.",
    "This import is done: all of its rows were taken in.": "Nothing.",
    "The file is no longer here. Upload it again: rows that were taken in already stay as they are.": "Upload it to "
    "the same source.",
    "This import is over already: there is nothing to cancel.": "Nothing.",
    "The file is larger than %(limit)s MB. Part it into smaller ones.": "The parts may go to the same source.",
    "Switch the write-back on first.": "Source, *Write back to the sheet*, *Set up*.",
    "Only a Google Sheet that is connected by service account can be written to.": "Connect the sheet by a service "
    "account, as a new source.",
    "Choose at least one column to write.": "The state is the usual one.",
    "Choose a language from the list.": "It is the language of the labels in the sheet.",
}
