/** Accounts by e-mail address, as stored: lower case. */
function map(doc) {
  if (doc.kind === 'account' && typeof doc.email === 'string') emit(doc.email, null);
}
