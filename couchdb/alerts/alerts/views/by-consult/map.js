/** Alerts by the consult they are about. */
function map(doc) {
  if (doc.kind === 'alert' && typeof doc.consult === 'string') emit(doc.consult, null);
}
