/** What `kind` may say in stored documents that an index looks for. Views repeat these words; a test compares them. */
export const storedKinds = ['account', 'alert', 'audit-entry', 'quarantined-event'] as const;
export type StoredKind = (typeof storedKinds)[number];
