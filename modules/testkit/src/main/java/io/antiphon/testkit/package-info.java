/// What a plug-in must keep to, as tests of one line: [io.antiphon.testkit.CallbackContract].
package io.antiphon.testkit;
