/** The hospital's own sign-in: any issuer that speaks OpenID Connect. */
export interface OpenIdConfig {
  /** As the issuer writes itself, such as https://accounts.google.com. */
  readonly issuer: string;
  readonly clientId: string;
  readonly clientSecret: string;
  /** Lower case. Verified addresses of these alone are let in, unless the organisation names its own. */
  readonly allowedDomains: readonly string[];
  /** On the button: "Sign in with …". */
  readonly name: string;
}
