/** Blocks of Slack messages that always stay within Slack's limits. */

export interface SlackMessage {
  /** For notifications, and clients that cannot show blocks. */
  readonly text: string;
  readonly blocks: readonly SlackBlock[];
}

export type SlackBlock =
  | { readonly type: 'header'; readonly text: { readonly type: 'plain_text'; readonly text: string } }
  | { readonly type: 'section'; readonly text: { readonly type: 'mrkdwn'; readonly text: string } }
  | {
      readonly type: 'context';
      readonly elements: readonly { readonly type: 'mrkdwn'; readonly text: string }[];
    };

/** Slack's limit for the text of a section. A message may have 50 blocks. */
const SECTION_LIMIT = 3_000;

export interface SlackLine {
  /** Escaped. */
  readonly text: string;
  /** The number of things that it reports. */
  readonly count: number;
}

/** As many of the lines as there is room for, and how many of the `count` things they leave out. */
export function slackSection(title: string, count: number, lines: readonly SlackLine[]): SlackBlock {
  const head = `*${escaped(title)}: ${count}*`;
  const shown: string[] = [];
  let length = head.length + 40;
  let more = count;
  for (const line of lines) {
    if (length + line.text.length + 1 > SECTION_LIMIT) break;
    shown.push(line.text);
    length += line.text.length + 1;
    more -= line.count;
  }
  const text = [head, ...shown, ...(more > 0 ? [`… and ${more} more`] : [])].join('\n');
  return { type: 'section', text: { type: 'mrkdwn', text } };
}

export function escaped(text: string): string {
  return text.replace(/\s+/g, ' ').replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}

export function cut(text: string, length: number): string {
  // Half an entity would be shown literally.
  return text.length <= length ? text : `${text.slice(0, length - 1).replace(/&[a-z]*$/, '')}…`;
}
