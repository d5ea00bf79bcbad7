/** Audit entries by the time they were made. */
function map(doc) {
  if (doc.kind === 'audit-entry' && typeof doc.at === 'string') emit(doc.at, null);
}
