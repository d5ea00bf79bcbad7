/**
 * Parses server-sent events from text pieces cut anywhere; `onData` gets each event's joined data lines.
 * Comments and fields other than `data` are skipped. Source: WHATWG HTML, "Interpreting an event stream".
 */
export function createEventStreamParser(onData: (data: string) => void): (piece: string) => void {
  let rest = '';
  let data: string[] = [];
  let afterCarriageReturn = false;

  function line(text: string): void {
    if (text === '') {
      if (data.length > 0) onData(data.join('\n'));
      data = [];
      return;
    }
    if (text === 'data') data.push('');
    else if (text.startsWith('data:')) data.push(text.slice(text.startsWith('data: ') ? 6 : 5));
  }

  return (piece) => {
    let text = piece;
    if (afterCarriageReturn && text.startsWith('\n')) text = text.slice(1);
    if (piece !== '') afterCarriageReturn = text.endsWith('\r');
    const lines = (rest + text).split(/\r\n|\r|\n/);
    rest = lines.pop() ?? '';
    for (const each of lines) line(each);
  };
}
