%endpoint
