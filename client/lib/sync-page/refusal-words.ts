import type { QuarantineCode, RefusalCode } from '#shared/sync/protocol.ts';
import { m } from '$lib/paraglide/messages.js';

/** Why the server did not accept something, as a reason that follows "could not be accepted: ". */
export function refusalWords(code: RefusalCode): string {
  switch (code) {
    case 'malformed':
    case 'unknown-type':
      return m.sync_refused_malformed();
    case 'too-large':
      return m.sync_refused_too_large();
    case 'not-yours':
      return m.sync_refused_not_yours();
    case 'not-allowed':
      return m.sync_refused_not_allowed();
    case 'unknown-department':
      return m.sync_refused_unknown_department();
    case 'unknown-person':
      return m.sync_refused_unknown_person();
    case 'unknown-patient':
      return m.sync_refused_unknown_patient();
    case 'own-department':
      return m.sync_refused_own_department();
    case 'lamport-out-of-range':
    case 'base-in-the-future':
    case 'not-first':
      return m.sync_refused_out_of_step();
    case 'document-full':
      return m.sync_refused_full();
    case 'already-exists':
      return m.sync_refused_exists();
  }
}

/** Why something was set aside until a head of department decides. */
export function quarantineWords(code: QuarantineCode): string {
  switch (code) {
    case 'other-bytes':
      return m.sync_aside_other_bytes();
    case 'author-removed':
      return m.sync_aside_author_removed();
    case 'device-revoked':
      return m.sync_aside_device_revoked();
    case 'signature-unknown':
      return m.sync_aside_signature();
  }
}
