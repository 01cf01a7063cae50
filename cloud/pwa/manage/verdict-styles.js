// The look of an answer to "may she enter?".
import { css } from "lit";

export const verdictStyles = css`
  .answer {
    padding: 12px 16px;
  }
  .yes {
    color: var(--accent);
    font-weight: 600;
  }
  .no {
    color: var(--danger);
    font-weight: 600;
  }
`;
