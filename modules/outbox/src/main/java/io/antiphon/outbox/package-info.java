/// What is sent to others while a run goes on: [io.antiphon.outbox.Outbox].
package io.antiphon.outbox;
