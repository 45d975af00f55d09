// Shows the document that lies beside this page, wherever a proxy has put both.
SwaggerUIBundle({
  url: "openapi.json",
  dom_id: "#page",
  deepLinking: true,
  displayRequestDuration: true,
  defaultModelsExpandDepth: 0,
  // The page asks nobody else: no badge of an outside validator.
  validatorUrl: null,
  onComplete: () => {
    document.title = document.querySelector(".info .title")?.firstChild?.textContent ?? document.title;
  },
});
