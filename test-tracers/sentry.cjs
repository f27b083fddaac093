require('@sentry/node').init({ dsn: process.env.SENTRY_DSN, tracesSampleRate: 1, skipOpenTelemetrySetup: process.env.SENTRY_SKIP === 'true' });
