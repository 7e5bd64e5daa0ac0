/** Alerts as the messages that destinations get. */

import { counted } from '../failures/report.js';
import { type SlackMessage, cut, escaped, slackSection } from '../failures/slack-blocks.js';
import { type AlertMessage, WAVES } from './alert.js';

/** Where the dashboard shows what an alert is about, or everything that needs a person. */
export function dashboardLink(publicUrl: string, about?: Pick<AlertMessage, 'kind' | 'told'>): string {
  return [publicUrl.replace(/\/+$/, ''), ...placeOf(about).map(encodeURIComponent)].join('/');
}

function placeOf(about?: Pick<AlertMessage, 'kind' | 'told'>): readonly string[] {
  if (about?.told.sort === WAVES) return ['waves'];
  if (about === undefined || about.told.subject === '') return ['failures'];
  return ['migrations', about.kind, about.told.subject];
}

export interface WebhookMessage {
  /** The message's id, the same in each try. */
  readonly id: string;
  /** JSON. */
  readonly body: string;
}

/**
 * A webhook in the form that Standard Webhooks recommends. A repeated message is identical. The end of an alert is another message with the same
 * `data.id`.
 */
export function webhookMessage(
  { publicId, event, kind, at, told }: AlertMessage,
  publicUrl: string,
): WebhookMessage {
  const { next_step, command, ...thing } = told;
  const fix = event === 'raised' ? { next_step, command } : {};
  const url = dashboardLink(publicUrl, { kind, told });
  return {
    id: event === 'raised' ? publicId : `${publicId}_${event}`,
    body: JSON.stringify({
      type: `alert.${event}`,
      timestamp: at.toISOString(),
      data: { id: publicId, kind, ...thing, ...fix, url },
    }),
  };
}

const LINE_LIMIT = 600;
/** Slack takes 50 blocks in a message. */
const MOST_SECTIONS = 40;

/** All alerts in one message, so that a storm of alerts does not become a storm of messages. */
export function alertSlackMessage(alerts: readonly AlertMessage[], publicUrl: string): SlackMessage {
  const things = counted(alerts.length, 'thing');
  const headline = `Carryover: ${things} ${alerts.length === 1 ? 'needs' : 'need'} a person now`;
  const titles = [...new Set(alerts.map(({ told }) => told.title))];
  const sections = titles.slice(0, MOST_SECTIONS).map((title) => {
    const own = alerts.filter(({ told }) => told.title === title);
    const lines = own.map((alert) => ({ text: alertLine(alert, publicUrl), count: 1 }));
    return slackSection(title, own.length, lines);
  });
  const all = link(dashboardLink(publicUrl), 'Everything that needs a person');
  return {
    text: headline,
    blocks: [
      { type: 'header', text: { type: 'plain_text', text: headline } },
      ...sections,
      { type: 'context', elements: [{ type: 'mrkdwn', text: all }] },
    ],
  };
}

function alertLine({ kind, told }: AlertMessage, publicUrl: string): string {
  const { subject, what, type, next_step: nextStep, command } = told;
  const whose = subject === '' ? '' : `${escaped(subject)}: `;
  const why = type === null ? '' : ` (${escaped(type)})`;
  const shown = cut(`• ${whose}${escaped(what)}${why}. ${escaped(nextStep)}`, LINE_LIMIT);
  const typed = escaped(command).replaceAll('`', "'");
  const url = dashboardLink(publicUrl, { kind, told });
  // A truncated command or link would be worse than none.
  const rest = [
    ...(typed.length > LINE_LIMIT ? [] : [`\`${typed}\``]),
    ...(url.length > LINE_LIMIT ? [] : [link(url, 'Show it')]),
  ];
  return [shown, rest.join(' ')].filter((part) => part !== '').join('\n');
}

function link(url: string, words: string): string {
  return `<${escaped(url)}|${words}>`;
}
