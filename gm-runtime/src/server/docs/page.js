"use strict";

(() => {
    const url = new URL("_openapi.json", document.baseURI).href;
    let ui = null;

    /** The headers of the credentials that were entered on the page. */
    const credentials = () => {
        const headers = {};
        const entered = ui === null ? undefined : ui.authSelectors.authorized();
        for (const { schema, value } of Object.values(entered ? entered.toJS() : {})) {
            if (schema.type === "http" && value) {
                headers.Authorization = `Bearer ${value}`;
            } else if (schema.type === "apiKey" && schema.in === "header" && value) {
                headers[schema.name] = value;
            }
        }
        return headers;
    };

    /** Each caller has a document of its own, so the page reads it again when the credentials change. */
    const readAgain = (original, system) => (payload) => {
        const result = original(payload);
        system.specActions.download(url);
        return result;
    };

    ui = SwaggerUIBundle({
        url,
        dom_id: "#page",
        deepLinking: true,
        validatorUrl: null,
        queryConfigEnabled: false,
        plugins: [
            () => ({ statePlugins: { auth: { wrapActions: { authorize: readAgain, logout: readAgain } } } }),
        ],
        requestInterceptor: (request) => {
            if (request.loadSpec) {
                Object.assign(request.headers, credentials());
            }
            return request;
        },
    });
})();
