import type { LoadReport } from './load-report.js';
import type { Distribution, GroupResult, StepResult } from './step-result.js';

const HEAD = [
  'load',
  'offered pairs/s',
  'goodput pairs/s',
  'messages',
  'in time',
  'late',
  'refused',
  'lost',
  'doubled',
  'p50 ms',
  'p90',
  'p99',
  'p99.9',
  'max',
];

/** Texts of a report. */
export interface ReportTexts {
  readonly headline: string;
  /** The first row is the head; then a row per measurement. */
  readonly table: readonly (readonly string[])[];
  /** Lines of each measurement. */
  readonly details: readonly (readonly string[])[];
  /** Undefined if the best rate was not searched. */
  readonly best: string | undefined;
}

/** A report in words and numbers, for a terminal or a page. */
export function reportTexts(report: LoadReport): ReportTexts {
  const { steps } = report;
  return {
    headline: headline(report),
    table: [HEAD, ...steps.map(stepCells)],
    details: steps.map(detailLines),
    best: report.best === null ? undefined : bestLine(report.best),
  };
}

function headline({ target, gateway, settings }: LoadReport): string {
  const { transport, mix, callerShares, timeoutMs } = settings;
  const sizes = mix.map(({ pairCount, share }) =>
    mix.length === 1 ? `${pairCount}` : `${pairCount} (${percent(share)})`,
  );
  const release = gateway === null ? '' : ` (release ${gateway.releaseId})`;
  const deadline = timeoutMs === null ? 'no deadline' : `deadline ${timeoutMs} ms`;
  return `gateway ${target}${release}; ${transport}, pairs per message: ${sizes.join(', ')}, ${counted(callerShares.length, 'caller')}, ${deadline}`;
}

function stepCells(step: StepResult): string[] {
  const { name, offered, goodput, arrived, inTime, late, refused, lost, doubled, latencyMs } = step;
  const refusedCount = refused.reduce((sum, { messages }) => sum + messages, 0);
  return [
    name,
    shown(offered.pairsPerS),
    shown(goodput.pairsPerS),
    ...[arrived.messages, inTime.messages, late.messages, refusedCount, lost, doubled].map(String),
    ...latencyCells(latencyMs),
  ];
}

function latencyCells(latency: Distribution | null): string[] {
  if (latency === null) return ['-', '-', '-', '-', '-'];
  const { p50, p90, p99, p99_9, max } = latency;
  return [p50, p90, p99, p99_9, max].map(shown);
}

function detailLines(step: StepResult): string[] {
  const { refused, refusalMs, lostProblems, rungs, failedPairs, bySize, byCaller, tool } = step;
  const degraded = rungs.filter(({ isDegraded }) => isDegraded);
  const lag = tool.sendLagMs;
  return [
    ...refused.map(
      ({ status, reason, messages }) => `refused: ${messages} ${status} ${reason ?? '(no error details)'}`,
    ),
    ...(refusalMs === null
      ? []
      : [`time to a refusal: p50 ${shown(refusalMs.p50)} ms, p99 ${shown(refusalMs.p99)} ms`]),
    ...lostProblems.map(({ problem, messages }) => `lost: ${messages} (${problem})`),
    `rungs: ${rungs.map(({ rung, pairs }) => `${pairs} pairs at ${rung || '(no name)'}`).join(', ') || 'none'}; degraded: ${degraded.reduce((sum, { pairs }) => sum + pairs, 0)} pairs`,
    ...(failedPairs > 0 ? [`pairs without probabilities: ${failedPairs}`] : []),
    ...(bySize.length > 1
      ? bySize.map((group) => `${group.pairsPerMessage} pairs: ${groupText(group)}`)
      : []),
    ...(byCaller.length > 1
      ? byCaller.map((group) => `caller ${group.caller} (${percent(group.share)}): ${groupText(group)}`)
      : []),
    `load test: ${shown(tool.cpuUsPerMessage)} us CPU per message, event loop busy ${percent(tool.eventLoopUtilization)}${lag === null ? '' : `, sent late by p50 ${shown(lag.p50)} ms, p99 ${shown(lag.p99)} ms, max ${shown(lag.max)} ms`}`,
    ...(step.unsent > 0 ? [`not sent: ${step.unsent}`] : []),
    ...(tool.bottleneck === null
      ? []
      : [`warning: the load test or its machine was the bottleneck: ${tool.bottleneck}`]),
  ];
}

function groupText({ sent, inTime, refused, lost, p50Ms, p99Ms }: GroupResult): string {
  const latency = p50Ms === null || p99Ms === null ? '' : `, p50 ${shown(p50Ms)} ms, p99 ${shown(p99Ms)} ms`;
  return `${sent} messages, ${inTime} in time, ${refused} refused, ${lost} lost${latency}`;
}

function percent(share: number): string {
  return `${(100 * share).toFixed(0)} %`;
}

function shown(value: number): string {
  return value >= 1_000 ? Math.round(value).toLocaleString('en-US') : String(Number(value.toPrecision(3)));
}

function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}

function bestLine({ pairsPerS, messagesPerS, inFlight }: NonNullable<LoadReport['best']>): string {
  return `best rate: ${shown(pairsPerS)} pairs/s, ${shown(messagesPerS)} messages/s, with ${inFlight} messages in flight`;
}
