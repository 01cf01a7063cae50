// The frame: one column with the tabs at the thumb, or three columns on a wide screen.
import { css } from "lit";

export const appStyles = css`
  :host {
    display: block;
  }
  .frame {
    display: grid;
    grid-template: auto minmax(0, 1fr) auto / minmax(0, 1fr);
    height: 100vh;
    height: 100dvh;
    padding: env(safe-area-inset-top) env(safe-area-inset-right) 0 env(safe-area-inset-left);
  }
  main {
    display: flex;
    flex-direction: column;
    min-height: 0;
  }
  .fills {
    flex: 1;
    min-height: 0;
  }
  .scrolls {
    flex: 1;
    width: 100%;
    min-height: 0;
    overflow: hidden auto;
  }
  .wide {
    grid-template: auto minmax(0, 1fr) / 240px minmax(0, 1fr) auto;
  }
  .wide header {
    grid-area: 1 / 2;
    justify-self: center;
    width: min(100%, 592px);
    padding-top: 16px;
  }
  .on-doors.wide header {
    width: min(100%, 792px);
  }
  .on-manage.wide header {
    width: min(100%, 1240px);
  }
  .wide main {
    grid-area: 2 / 2;
  }
  .rail {
    grid-area: 1 / 1 / 3;
    padding-top: 16px;
    border-right: 1px solid var(--line);
    overflow: hidden auto;
  }
  .brand {
    display: flex;
    align-items: center;
    gap: 10px;
    padding: 0 16px 16px;
    font-weight: 600;
    letter-spacing: -0.01em;
  }
  .wide aside {
    grid-area: 1 / 3 / 3;
    width: 360px;
    padding-top: 16px;
    border-left: 1px solid var(--line);
    overflow: hidden auto;
    background: var(--surface);
  }
  .unreachable {
    align-items: center;
    justify-content: center;
    gap: 16px;
    min-height: 100dvh;
    padding: 24px;
    text-align: center;
  }
  .unreachable h1 {
    font-size: var(--title);
    font-weight: 600;
  }
  .unreachable p {
    max-width: 320px;
    margin-top: 8px;
    color: var(--ink-2);
    text-wrap: pretty;
  }
  .empty {
    display: flex;
    flex: 1;
    flex-direction: column;
    align-items: center;
    justify-content: center;
    gap: 8px;
    padding: 24px 24px 12vh;
    text-align: center;
  }
  .empty h2 {
    font-size: var(--title);
    font-weight: 600;
  }
  .empty p {
    max-width: 320px;
    color: var(--ink-2);
    text-wrap: pretty;
  }
  .coming {
    padding: 24px;
    color: var(--ink-2);
    text-align: center;
  }
  .alarm {
    margin: 0 16px 12px;
    padding: 12px 16px;
    border-radius: var(--radius-card);
    background: var(--danger-soft);
    color: var(--danger);
    font-size: var(--text);
    overflow-wrap: anywhere;
  }
  .farewell {
    display: flex;
    align-items: center;
    justify-content: space-between;
    gap: 12px;
    margin: 0 16px 12px;
    padding: 8px 8px 8px 16px;
    border: 1px solid var(--line);
    border-radius: var(--radius-card);
    background: var(--surface);
    font-size: var(--text);
  }
`;
