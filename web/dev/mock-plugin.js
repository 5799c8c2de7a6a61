/** Answers /api and /scim from the mock during `npm run dev`, already signed in, so that a page can be worked on at once. */

import { Mock } from "./mock-api.js";

/** @returns {import("vite").Plugin} */
export function mockApi() {
  return {
    name: "rollcall-mock-api",
    apply: "serve",
    configureServer(server) {
      const mock = new Mock({
        tenantUrl: () => "https://localhost:8443/scim/v2",
        setupCode: "mock-setup-code",
        people: 420,
        signedIn: process.env["MOCK_SIGNED_OUT"] === undefined,
      });
      server.middlewares.use((request, response, next) => {
        if (/^\/(api|scim)\//.test(request.url ?? "")) void mock.handle(request, response);
        else next();
      });
    },
  };
}
