/// The callback [io.antiphon.notify.Notify], known as `notify`.
package io.antiphon.notify;
