import { directionOf, type Language } from '#shared/lib/language.ts';

/** What a mail to a person says, in their language. Plain text everywhere; the page marks nothing up. */
export interface Letter {
  readonly language: Language;
  readonly title: string;
  readonly lines: readonly string[];
  readonly link: { readonly href: string; readonly words: string };
  /** Below the link. */
  readonly foot: readonly string[];
}

const escaped = (text: string): string =>
  text.replace(/[&<>"']/g, (sign) => `&#${String(sign.charCodeAt(0))};`);

const fonts: Readonly<Record<'ltr' | 'rtl', string>> = {
  ltr: 'font-family:sans-serif;font-size:16px;line-height:1.5',
  rtl: "font-family:'Noto Nastaliq Urdu','Jameel Noori Nastaleeq','Noto Naskh Arabic',Tahoma,sans-serif;font-size:17px;line-height:1.9",
};

/** The HTML body. Some mail readers drop what stands on the body, so the direction stands on a block of its own as well. */
export function mailPage({ language, title, lines, link, foot }: Letter): string {
  const dir = directionOf(language);
  const paragraph = (text: string, style: string): string => `<p style="${style}">${escaped(text)}</p>`;
  return [
    `<!doctype html><html lang="${language}" dir="${dir}"><head><meta charset="utf-8"></head>`,
    `<body><div lang="${language}" dir="${dir}" style="${fonts[dir]};text-align:${dir === 'rtl' ? 'right' : 'left'}">`,
    `<h1 style="font-size:20px;margin:0 0 8px">${escaped(title)}</h1>`,
    ...lines.map((line) => paragraph(line, 'margin:0 0 16px')),
    `<p style="margin:0 0 24px"><a href="${escaped(link.href)}">${escaped(link.words)}</a></p>`,
    ...foot.map((line) => paragraph(line, 'margin:0 0 8px;color:#555;font-size:13px')),
    '</div></body></html>',
  ].join('');
}
