/** Held-back events by department concerned and time, oldest first. */
function map(doc) {
  var i;
  if (doc.kind !== 'quarantined-event' || !Array.isArray(doc.departments)) return;
  for (i = 0; i < doc.departments.length; i += 1) emit([doc.departments[i], doc.heldAt], null);
}
