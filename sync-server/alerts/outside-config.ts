export interface MailConfig {
  /** smtp: (STARTTLS where offered; `?requireTLS=true` insists on it) or smtps:, with name and password where the server wants them. */
  readonly url: string;
  /** Such as "Consults <consults@hospital.example>". */
  readonly from: string;
}

export interface WebhookConfig {
  readonly url: string;
  /** Shared with the gateway; signs both ways. */
  readonly secret: string;
}

/** Channels for alerts besides web push, as the hospital has set them up; null: not this one. */
export interface OutsideConfig {
  readonly mail: MailConfig | null;
  readonly webhook: WebhookConfig | null;
}

export const noOutsideChannels: OutsideConfig = { mail: null, webhook: null };
