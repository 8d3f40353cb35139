'use client';
/** A chart that fails must not take the room with it. */
import { Component, type ReactNode } from 'react';

interface Props {
  readonly children: ReactNode;
}

export class ChartBoundary extends Component<Props, { readonly failed: boolean }> {
  override state = { failed: false };

  static getDerivedStateFromError() {
    return { failed: true };
  }

  override render() {
    return this.state.failed ? (
      <p role="alert">
        This chart could not be drawn. The data are safe; reload the page, or export them.
      </p>
    ) : (
      this.props.children
    );
  }
}
