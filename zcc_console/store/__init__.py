"""The desk's two encrypted files: `journal.db` (irreplaceable: what a person decided) and `cache.db` (the region as
last seen). It knows neither network nor screen; sqlite-utils is loaded only when a schema must be made."""
