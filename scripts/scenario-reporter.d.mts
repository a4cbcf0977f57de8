type ReportedEvent = { readonly type: string; readonly data: unknown }
// eslint-disable-next-line import/no-default-export
export default function reporter(events: AsyncIterable<ReportedEvent>): AsyncGenerator<string>
